"""What the markets of Binance have in common: requests, replies and trades."""

from collections.abc import Sequence

import msgspec

from ingest.errors import FrameError
from ingest.venues.base import Event, Ignored, Reply, TradeUpdate
from ingest.venues.binance_frames import AggTradeFrame, Envelope, TradeFrame
from schemas.market import TakerSide, Trade


def request_message(method: str, streams: Sequence[str], request_id: int) -> str:
    """Return a request about streams as the venue's connections understand it."""
    message = {"method": method, "params": list(streams), "id": request_id}
    return msgspec.json.encode(message).decode()


def envelope_reply(envelope: Envelope) -> Reply:
    """Return the reply that an envelope without a stream is. Raises FrameError."""
    if envelope.error is not None:
        error = f"{envelope.error.message} (code {envelope.error.code})"
    elif bytes(envelope.result) or envelope.id is not None:
        error = ""
    else:
        raise FrameError("neither a stream's frame nor a reply")
    return Reply(envelope.id if isinstance(envelope.id, int) else None, error)


def trade_event(payload: AggTradeFrame | TradeFrame) -> Event:
    """Return the trade of a payload. Raises msgspec.ValidationError."""
    if isinstance(payload, TradeFrame) and payload.kind != "MARKET":
        # Insurance fund and auto-deleveraging; aggTrade leaves them out as well.
        return Ignored(f"trade {payload.kind}")
    if payload.price <= 0 or payload.qty <= 0:
        raise msgspec.ValidationError("price and quantity of a trade must be above 0")
    # m: the buyer is the maker, hence the taker sells.
    taker = TakerSide.SELL if payload.maker_is_buyer else TakerSide.BUY
    trade = Trade(payload.trade_id, payload.transaction_time, payload.price, payload.qty, taker)
    return TradeUpdate(payload.symbol, trade)

"""The records of a market with one bid whose size changes each second."""

from typing import Any, Final

from schemas.market import DepthDiff, DepthSnapshot, TakerSide, Trade, Trades
from schemas.settings import EngineSettings

HEAD: Final[dict[str, Any]] = {"venue": "v", "symbol": "AAA", "received_us": 0}
EVERYTHING: Final = EngineSettings.model_validate(
    {"threshold": {"mode": "absolute", "absolute_usd": 1e-12}}
)
"""Every level is followed, however small."""


def change_time(number: int) -> int:
    """Return when the bid changes for the time `number`, from 0 on, ms."""
    return 1_500 + number * 1_000


def first_book(price: float, qty: float) -> DepthSnapshot:
    """Return the book with a bid of `qty` at `price`."""
    return DepthSnapshot(
        **HEAD,
        event_time=1_000,
        last_update_id=1,
        bids=[(price, qty)],
        asks=[(price * 2, 1.0)],
    )


def change(number: int, price: float, qty: float) -> DepthDiff:
    """Return the update with which the bid goes over to `qty`; 0 ends it."""
    return DepthDiff(
        **HEAD,
        event_time=change_time(number),
        first_update_id=2 + number,
        last_update_id=2 + number,
        prev_update_id=1 + number,
        bids=[(price, qty)],
        asks=[],
    )


def sale(number: int, price: float, qty: float, *, known_after_ms: int = 0) -> Trades:
    """Return the pack with what takers sold into the bid at the moment of its change; the stream
    reaches `known_after_ms` farther. 0: nothing was sold."""
    now = change_time(number)
    trades = [Trade(number, now, price, qty, TakerSide.SELL)] if qty else []
    return Trades(**HEAD, watermark=now + known_after_ms, trades=trades)

"""A connection that takes over repeats what it held; nobody waits longer because of it."""

import json

from ingest.connections.connection_clock import LEARNED_TRADES, LEAST_MARGIN_MS
from ingest.connections.shards import ShardMap
from ingest.live import LiveMarket
from ingest.venues.binance.usdm import BinanceUsdm
from schemas.market import Trades
from schemas.settings import IngestSettings
from tests.support.ingesting.sessions import KeptOutlet

BUSY, QUIET = ("BTCUSDT", "ETHUSDT"), "SOLUSDT"
START_MS = 1_700_000_000_000
EVERY_MS = 10
HELD = 200


def trade(number: int) -> tuple[bytes, int]:
    """Return the frame of a trade, of the busy symbols in turn, and its time."""
    symbol, at = BUSY[number % 2], START_MS + number * EVERY_MS
    data = {"e": "aggTrade", "E": at, "s": symbol, "a": number + 1, "p": "100.0", "q": "1.000",
            "f": number + 1, "l": number + 1, "T": at, "m": False}  # fmt: skip
    return _frame(f"{symbol.lower()}@aggTrade", data), at


def mark(symbol: str, at: int) -> bytes:
    """Return the frame of a mark price."""
    data = {"e": "markPriceUpdate", "E": at, "s": symbol, "p": "100.0", "P": "100.0",
            "i": "100.0", "r": "0.0001", "T": at + 3_600_000}  # fmt: skip
    return _frame(f"{symbol.lower()}@markPrice@1s", data)


def _frame(stream: str, data: dict[str, object]) -> bytes:
    return json.dumps({"stream": stream, "data": data}, separators=(",", ":")).encode()


async def test_what_was_held_for_seconds_is_not_taken_for_late() -> None:
    settings = IngestSettings(symbols=(*BUSY, QUIET))
    venue, outlet = BinanceUsdm(settings), KeptOutlet()
    market = LiveMarket(venue, settings, outlet, lambda feed: None)
    shards = ShardMap(venue.routes, venue.max_streams)
    for symbol in settings.symbols:
        market.add(symbol)
        shards.add(symbol)
    (shard,) = (shard for shard in shards.shards if shard.route.carries_trades)
    market.take(shard, mark(QUIET, START_MS), START_MS * 1_000_000)
    frames = [trade(number) for number in range(LEARNED_TRADES + HELD)]
    for raw, at in frames:
        market.take(shard, raw, at * 1_000_000)
    for raw, at in frames[-HELD:]:
        market.take(shard, raw, at * 1_000_000)
    assert market.figures()["repeated_trades_dropped"] == HELD
    at = frames[-1][1] + 1_500
    for symbol in BUSY:
        market.take(shard, mark(symbol, at), at * 1_000_000)
    newest = outlet.of(QUIET, Trades)[-1]
    assert newest.watermark == at - LEAST_MARGIN_MS

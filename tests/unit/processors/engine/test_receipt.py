"""Every signal tells when the frame that led to it was received."""

from collections.abc import Iterator

from processors.engine.engine import MarketEngine
from schemas.market import BookReset, DepthHeartbeat, OpenInterest, ResetReason, Trades
from schemas.settings import EngineSettings
from schemas.signals import Signal

START_MS = 1_700_000_000_000
HEAD = {"venue": "v", "symbol": "S"}


def receipt_us(at_ms: int) -> int:
    """A little later than the event."""
    return (START_MS + at_ms) * 1_000 + 7_000


def quiet_start() -> Iterator[Signal]:
    """A symbol of which nothing is known for five seconds but that time passes."""
    engine = MarketEngine("v", "S", EngineSettings())
    records: list[tuple[int, BookReset | DepthHeartbeat | Trades | OpenInterest]] = []
    # The depth stream is ahead: its first record is applied when the trades have come as far.
    first = {**HEAD, "event_time": START_MS + 4_900, "received_us": receipt_us(0)}
    records.append((0, BookReset(**first, reason=ResetReason.START)))
    for number, at_ms in enumerate(range(0, 6_000, 500)):
        known = {**HEAD, "event_time": START_MS + at_ms, "received_us": receipt_us(at_ms)}
        records.append((number, Trades(**known, watermark=START_MS + at_ms, trades=[])))
    for offset, record in records:
        for signal in engine.apply(record, offset):
            assert signal.received_us in (record.received_us, receipt_us(0)), signal
            yield signal


def test_seconds_without_depth_and_trades_are_told_by_what_moved_the_time() -> None:
    signals = list(quiet_start())
    # Of the quiet seconds in between nothing is told.
    assert len({signal.event_time for signal in signals}) >= 3
    assert min(signal.received_us for signal in signals) > START_MS * 1_000

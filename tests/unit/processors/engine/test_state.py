"""The saved state: earlier versions are read, anything else is refused in one line."""

import zlib
from pathlib import Path

import msgspec
import pytest

from processors.engine import EngineStateError, MarketEngine
from processors.engine.state import decode
from schemas.market import DepthDiff, Trades
from schemas.settings import EngineSettings
from schemas.signals import LargeOrderEvent

VERSION_1 = Path(__file__).parents[3] / "support" / "states" / "engine_v1.bin"
HEAD = {"venue": "v", "symbol": "AAA", "received_us": 0}


def test_a_state_of_version_1_continues() -> None:
    """29 diffs of half a second each had eaten 10 a time of a bid of 60,000 at 100."""
    engine = MarketEngine.load(VERSION_1.read_bytes(), EngineSettings())
    update = DepthDiff(
        **HEAD,
        event_time=16_000,
        first_update_id=31,
        last_update_id=31,
        prev_update_id=30,
        bids=[(100.0, 0.0)],
        asks=[],
    )
    engine.apply(update, 30)
    signals = engine.apply(Trades(**HEAD, watermark=17_000, trades=[]), 29)
    closed = [s for s in signals if isinstance(s, LargeOrderEvent) and s.price == 100.0]
    assert [event.initial_qty for event in closed] == [60_000.0]
    assert closed[0].traded_qty == 290.0
    assert closed[0].cancelled_qty == 59_710.0


def test_a_state_of_an_unknown_version_is_refused_in_one_line() -> None:
    raw = zlib.compress(msgspec.msgpack.encode({"version": 99}))
    with pytest.raises(EngineStateError, match=r"^engine state of version 99, .* reads 1 to 2$"):
        decode(raw)


@pytest.mark.parametrize("raw", [b"", b"no state", zlib.compress(b"\xc1")])
def test_bytes_that_are_no_state_are_refused(raw: bytes) -> None:
    with pytest.raises(EngineStateError, match="not an engine state"):
        decode(raw)

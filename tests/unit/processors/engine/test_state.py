"""The saved state: earlier versions are read, anything else is refused in one line."""

import zlib
from pathlib import Path

import msgspec
import pytest

from processors.engine import EngineStateError, MarketEngine
from processors.engine.state import decode
from processors.state_bytes import uncompress
from schemas.market import DepthDiff, DepthHeartbeat, DepthSnapshot, Trades
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


def before_rates(symbol: str) -> bytes:
    """Return a state as releases wrote it that kept changed settings in the quote currency."""
    engine = MarketEngine("v", symbol, EngineSettings())
    changed = EngineSettings.model_validate({"threshold": {"floor_usd": 50}})
    engine.change_settings(changed, 1_000)
    head = {"venue": "v", "symbol": symbol, "received_us": 0}
    bid = {"bids": [(0.03, 9.0)], "asks": [(0.04, 9.0)]}
    engine.apply(DepthSnapshot(**head, event_time=1_000, last_update_id=1, **bid), 0)
    engine.apply(Trades(**head, watermark=9_000, trades=[]), 0)
    engine.apply(DepthHeartbeat(**head, event_time=9_000), 1)
    state = msgspec.msgpack.decode(uncompress(engine.dump()))
    assert state["settings"]["in_force"]
    assert state.pop("quote_usd") == 1.0
    return zlib.compress(msgspec.msgpack.encode(state))


def test_changed_settings_in_the_quote_currency_are_left_to_the_log_of_changes() -> None:
    assert decode(before_rates("ETHBTC")).settings.in_force is None
    assert decode(before_rates("ETHUSDT")).settings.in_force is not None
    engine = MarketEngine.load(before_rates("ETHBTC"), EngineSettings(), quote_usd=None)
    assert engine.quote_usd is None
    stated = EngineSettings.model_validate({"threshold": {"floor_usd": 5_000_000}})
    engine.change_settings(stated, 1_000)
    head = {"venue": "v", "symbol": "ETHBTC", "received_us": 0}
    engine.apply(Trades(**head, watermark=12_000, trades=[]), 1)
    engine.apply(DepthHeartbeat(**head, event_time=12_000), 2)
    assert decode(engine.dump()).settings.in_force == stated.model_dump_json()


@pytest.mark.parametrize("where", ["in_force", "due"])
def test_changed_settings_that_are_refused_now_are_left_to_the_log_of_changes(where: str) -> None:
    engine = MarketEngine("v", "AAA", EngineSettings())
    changed = EngineSettings.model_validate({"threshold": {"multiple": 6}})
    engine.change_settings(changed, 0)
    state = msgspec.msgpack.decode(uncompress(engine.dump()))
    refused = changed.model_dump_json().replace('"sample_s":5', '"sample_s":0')
    state["settings"] = {"in_force": refused} if where == "in_force" else {"due": [[0, refused]]}
    raw = zlib.compress(msgspec.msgpack.encode(state))
    assert decode(engine.dump()).settings.due
    assert decode(raw).settings.in_force is None
    assert not decode(raw).settings.due
    assert MarketEngine.load(raw, EngineSettings())

"""Each fault alone: what becomes of frames, answers and weights."""

import asyncio
import json
from typing import Any, ClassVar

import pytest

from ingest.exchange.dialect import USDM
from ingest.exchange.errors import ExchangeError
from ingest.exchange.faults import RestCall, RestReply
from ingest.exchange.faults.base import FaultStage
from ingest.exchange.faults.injector import Injector
from ingest.exchange.faults.scenario import parse_scenario
from ingest.exchange.hub import Hub
from ingest.exchange.weights import WeightLedger

BTC, ETH, TRADE = "btcusdt@depth@100ms", "ethusdt@depth@100ms", "btcusdt@aggTrade"
DEPTH = RestCall("/fapi/v1/depth", "BTCUSDT")
FRAME = (
    b'{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1000,"T":990,"s":"BTCUSDT",'
    b'"U":5,"u":7,"pu":4,"b":[["1.0","2"]],"a":[]}}'
)


class Clock:
    now_s = 600.0

    def __call__(self) -> float:
        return self.now_s


class Book:
    """A source of one snapshot."""

    symbols: ClassVar = ("BTCUSDT",)

    async def depth(self, symbol: str, limit: int) -> bytes:
        return b'{"lastUpdateId":1}'


def make_stage(clock: Clock | None = None) -> FaultStage:
    ledger = WeightLedger(limit=100, ban_after=2, ban_s=120.0, clock=clock or Clock())
    return FaultStage(Hub(USDM), ledger, Book(), None)  # type: ignore[arg-type]


def injected(stage: FaultStage | None = None, **fault: Any) -> Injector:
    injector = Injector()
    injector.inject(parse_scenario({"faults": [fault]}, "test"), stage or make_stage())
    return injector


def sent(injector: Injector, count: int, stream: str = BTC) -> list[str]:
    """Return what leaves when frames `a`, `b`, ... are sent."""
    parts = [injector.frame(1, stream, bytes([97 + n])) for n in range(count)]
    return [part.decode() for group in parts for part in group]


async def until_over(injector: Injector) -> None:
    async with asyncio.timeout(5):
        while True:
            if injector.status()[0]["state"] == "over":
                return
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("kind", "expected"), [("drop", "abdef"), ("duplicate", "abccdef"), ("reorder", "abdcef")]
)
async def test_a_frame_is_dropped_doubled_or_late_after_so_many_frames(
    kind: str, expected: str
) -> None:
    injector = injected(kind=kind, symbol="BTCUSDT", after_frames=2)
    assert "".join(sent(injector, 6)) == expected
    assert "".join(sent(injector, 3, ETH)) == "abc"
    assert "".join(sent(injector, 3, TRADE)) == "abc"
    await asyncio.sleep(0)
    (status,) = injector.status()
    assert (status["state"], status["hits"]) == ("over", 1)


async def test_a_fault_that_waits_for_its_time_leaves_frames_alone() -> None:
    injector = injected(kind="drop", after_s=60)
    assert sent(injector, 3) == ["a", "b", "c"]
    assert injector.status()[0]["state"] == "waiting"
    await injector.close()


async def test_a_silent_stream_speaks_again_after_its_time() -> None:
    injector = injected(kind="silent_stream", symbol="BTCUSDT", stream="aggTrade", duration_s=0.05)
    assert (sent(injector, 2, TRADE), sent(injector, 2)) == ([], ["a", "b"])
    await until_over(injector)
    assert sent(injector, 2, TRADE) == ["a", "b"]


async def test_a_silent_route_takes_its_streams_only() -> None:
    injector = injected(kind="silent_route", duration_s=60)
    assert (sent(injector, 2, TRADE), sent(injector, 2)) == ([], ["a", "b"])
    await injector.close()


async def test_unknown_fields_leave_the_known_ones_alone() -> None:
    injector = injected(kind="unknown_fields", duration_s=60)
    (frame,) = injector.frame(1, BTC, FRAME)
    data, before = json.loads(frame)["data"], json.loads(FRAME)["data"]
    assert {name: data[name] for name in before} == before
    assert len(data) == len(before) + 2
    await injector.close()


@pytest.mark.parametrize("shape", ["padded", "levels", "garbage"])
async def test_a_big_message_has_the_size_asked_for(shape: str) -> None:
    injector = injected(kind="big_message", shape=shape, megabytes=1)
    (frame,) = injector.frame(1, BTC, FRAME)
    assert len(frame) == pytest.approx(1e6, rel=1e-3)
    if shape == "garbage":
        with pytest.raises(ValueError, match="Expecting"):
            json.loads(frame.replace(b"[[[", b""))
        return
    data = json.loads(frame)["data"]
    assert data["b"][-1] == ["1.0", "2"]
    assert all(qty == "0.000" for _, qty in data["b"][:-1])


async def test_invalid_utf8_is_no_text() -> None:
    (frame,) = injected(kind="invalid_utf8").frame(1, BTC, FRAME)
    with pytest.raises(UnicodeDecodeError):
        frame.decode()


async def test_a_skewed_clock_shows_in_frames_and_answers_but_not_in_funding_times() -> None:
    injector = injected(kind="clock_skew", offset_ms=-500, duration_s=60, symbol="BTCUSDT")
    (frame,) = injector.frame(1, BTC, FRAME)
    data = json.loads(frame)["data"]
    assert (data["E"], data["T"], data["u"]) == (500, 490, 7)
    mark = b'{"e":"markPriceUpdate","E":1000,"T":28800000}'
    (frame,) = injector.frame(1, "btcusdt@markPrice@1s", mark)
    assert json.loads(frame) == {"e": "markPriceUpdate", "E": 500, "T": 28_800_000}
    reply = await injector.rest(DEPTH, RestReply(200, b'{"lastUpdateId":1000,"E":1000,"T":1000}'))
    assert json.loads(reply.body) == {"lastUpdateId": 1000, "E": 500, "T": 500}
    assert injector.frame(1, ETH, FRAME) == [FRAME]
    await injector.close()


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "failing_snapshot"}, (500, b"<html>Internal error</html>", None)),
        ({"kind": "truncated_snapshot"}, (200, b"01234", None)),
        ({"kind": "truncated_snapshot", "how": "connection"}, (200, b"0123456789", 5)),
        ({"kind": "old_snapshot", "symbol": "BTCUSDT"}, (200, b'{"lastUpdateId":1}', None)),
        ({"kind": "slow_snapshot", "delay_s": 0.01}, (200, b"0123456789", None)),
    ],
)
async def test_the_next_snapshot_of_the_symbol_is_hit_and_no_other(
    fault: dict[str, Any], expected: tuple[int, bytes, int | None]
) -> None:
    injector = injected(**{"symbol": "BTCUSDT", **fault})
    await asyncio.sleep(0)
    whole = RestReply(200, b"0123456789")
    assert await injector.rest(RestCall("/fapi/v1/depth", "ETHUSDT"), whole) is whole
    assert await injector.rest(RestCall("/fapi/v1/openInterest", "BTCUSDT"), whole) is whole
    hit = await injector.rest(DEPTH, whole)
    assert (hit.status, hit.body, hit.sent_bytes) == expected
    assert await injector.rest(DEPTH, whole) is whole


async def test_a_throttle_refuses_until_its_time_and_bans_who_goes_on() -> None:
    clock = Clock()
    stage = make_stage(clock)
    injected(stage, kind="throttle", retry_after_s=10)
    await asyncio.sleep(0)
    ledger = stage.ledger
    first = ledger.charge("a", "/p", 1)
    assert (first.status, first.retry_after_s) == (429, 10)
    clock.now_s += 10
    assert ledger.charge("a", "/p", 1).status == 200
    ledger.throttle(30)
    assert [ledger.charge("a", "/p", 1).status for _ in range(3)] == [429, 418, 418]


async def test_a_ban_states_how_long_it_lasts() -> None:
    clock = Clock()
    stage = make_stage(clock)
    injected(stage, kind="ban", retry_after_s=130)
    await asyncio.sleep(0)
    verdict = stage.ledger.charge("a", "/p", 1)
    assert (verdict.status, verdict.retry_after_s) == (418, 130)
    clock.now_s += 130
    assert stage.ledger.charge("a", "/p", 1).status == 200


async def test_weight_used_elsewhere_is_on_the_next_answer_and_gone_with_the_minute() -> None:
    clock = Clock()
    stage = make_stage(clock)
    injected(stage, kind="weight_elsewhere", weight=70)
    await asyncio.sleep(0)
    assert stage.ledger.charge("a", "/p", 5).used == 75
    assert stage.ledger.charge("a", "/p", 5).used == 80
    clock.now_s += 60
    assert stage.ledger.charge("a", "/p", 5).used == 5


async def test_during_maintenance_everybody_is_refused() -> None:
    injector = injected(kind="maintenance", duration_s=0.05)
    refusal = injector.refusal()
    assert refusal is not None
    assert refusal.status == 503
    await until_over(injector)
    assert injector.refusal() is None


def test_a_capture_cannot_burst() -> None:
    scenario = parse_scenario(
        {"faults": [{"kind": "burst", "symbol": "BTCUSDT", "duration_s": 1}]}, "test"
    )
    with pytest.raises(ExchangeError, match="burst: only a simulated market"):
        Injector().inject(scenario, make_stage())

"""One record with an impossible time changes nothing but a count."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.engine import MarketEngine
from schemas.market import (
    BookReset,
    DepthDiff,
    DepthHeartbeat,
    DepthSnapshot,
    MarketRecord,
    OpenInterest,
    ResetReason,
    TakerSide,
    Trade,
    Trades,
)
from schemas.settings import EngineSettings
from schemas.signals import Signal
from schemas.topics import topic_of_record

START_MS, US_PER_MS = 1_700_000_000_000, 1_000
HOUR_MS, YEAR_MS = 3_600_000, 31_557_600_000
STEPS, STEP_MS = 40, 250


def market(start_ms: int = START_MS) -> list[MarketRecord]:
    """Return ten seconds of a quiet book with a trade a step and a few polls."""
    records: list[MarketRecord] = []
    for step in range(STEPS):
        now = start_ms + step * STEP_MS
        head = {"venue": "v", "symbol": "AAA", "received_us": now * US_PER_MS + 7_000}
        if step == 0:
            levels = {"bids": [(100.0, 9.0)], "asks": [(101.0, 9.0)]}
            records.append(DepthSnapshot(**head, event_time=now, last_update_id=1, **levels))
        else:
            ids = {"first_update_id": step + 1, "last_update_id": step + 1, "prev_update_id": step}
            bids = [(100.0, 9.0 + step)]
            records.append(DepthDiff(**head, event_time=now, **ids, bids=bids, asks=[]))
        trades = [Trade(step, now, 100.0, 0.5, TakerSide.SELL)]
        poll_time = now - step % 4 * STEP_MS
        if step % 4 == 0:
            records.append(OpenInterest(**head, event_time=now, open_interest=10.0 + step))
        records.append(Trades(**head, watermark=now, open_interest_time=poll_time, trades=trades))
    return records


def run(records: list[MarketRecord]) -> tuple[list[Signal], list[str]]:
    """Return the signals and the reasons of refusals."""
    engine, offsets = MarketEngine("v", "AAA", EngineSettings()), dict[str, int]()
    signals: list[Signal] = []
    reasons: list[str] = []
    for record in records:
        topic = topic_of_record(record).name
        offset = offsets[topic] = offsets.get(topic, -1) + 1
        signals += engine.apply(record, offset)
        reasons += [refusal.reason for refusal in engine.take_refusals()]
    return signals, reasons


def liar(kind: str, event_time: int, received_us: int) -> MarketRecord:
    """Return a record of a kind that states `event_time` (ms)."""
    head = {"venue": "v", "symbol": "AAA", "received_us": received_us}
    match kind:
        case "snapshot":
            return DepthSnapshot(
                **head, event_time=event_time, last_update_id=9, bids=[(1.0, 1.0)], asks=[]
            )
        case "diff":
            ids = {"first_update_id": 5, "last_update_id": 5, "prev_update_id": 4}
            return DepthDiff(**head, event_time=event_time, **ids, bids=[(100.0, 0.0)], asks=[])
        case "reset":
            return BookReset(**head, event_time=event_time, reason=ResetReason.GAP)
        case "heartbeat":
            return DepthHeartbeat(**head, event_time=event_time)
        case "trade":
            trades = [Trade(9, event_time, 100.0, 1.0, TakerSide.BUY)]
            return Trades(**head, watermark=0, trades=trades)
        case "watermark":
            return Trades(**head, watermark=event_time, trades=[])
        case _:
            return OpenInterest(**head, event_time=event_time, open_interest=1.0)


KINDS = ("snapshot", "diff", "reset", "heartbeat", "trade", "watermark", "poll")


@settings(max_examples=60)
@given(
    st.sampled_from(KINDS),
    st.integers(1, 3 * STEPS // 2),
    st.one_of(
        st.integers(61_000, 100 * YEAR_MS).map(lambda ahead: START_MS + 10_000 + ahead),
        st.just(START_MS * US_PER_MS),
    ),
)
def test_a_record_ahead_of_its_receipt_is_left_out(kind: str, at: int, event_time: int) -> None:
    records = market()
    signals, _ = run(records)
    records.insert(at, liar(kind, event_time, records[at].received_us))
    disturbed, reasons = run(records)
    assert disturbed == signals
    assert len(reasons) == 1


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "poll"])
def test_a_record_ahead_of_its_stream_alone_is_left_out(kind: str) -> None:
    records = market()
    signals, _ = run(records)
    records.insert(30, liar(kind, START_MS + HOUR_MS, received_us=0))
    disturbed, reasons = run(records)
    assert [s.model_dump(exclude={"received_us"}) for s in disturbed] == [
        s.model_dump(exclude={"received_us"}) for s in signals
    ]
    assert len(reasons) == 1


def test_a_gap_of_years_is_no_fault_and_is_not_walked() -> None:
    began_s = time.process_time()
    signals, reasons = run(market() + market(START_MS + 10 * YEAR_MS))
    assert not reasons
    assert time.process_time() - began_s < 5
    assert any(signal.event_time > START_MS + 10 * YEAR_MS for signal in signals)

"""Outcomes against a reference that looks the prices up in the whole history, and no look-ahead."""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.engine.book.book import OrderBook
from processors.engine.engine import MarketEngine
from schemas.market import (
    DepthDiff,
    DepthSnapshot,
    MarketRecord,
    OpenInterest,
    TakerSide,
    Trade,
    Trades,
)
from schemas.settings import EngineSettings
from schemas.signals import (
    ActionSignal,
    Alert,
    LargeOrderEvent,
    OrderEventKind,
    Outcome,
    Signal,
    SmartMoney,
)
from tests.support.markets.market import START_MS, SYMBOL, VENUE, random_log

HORIZONS_MS = (1_000, 1_300, 4_000)
LEDGER: dict[str, Any] = {"ledger": {"horizons_ms": HORIZONS_MS}}
AT_ONCE = EngineSettings.model_validate(LEDGER)
ALIGNED = EngineSettings.model_validate({**LEDGER, "lifecycle": {"trade_alignment_ms": 60}})
CHOSEN = st.sampled_from((AT_ONCE, ALIGNED))
SEEDS = st.integers(0, 2**32)
READINGS = (LargeOrderEvent, ActionSignal, SmartMoney, Alert)
TOLERANCE_BPS = 2e-6


@dataclass
class Prices:
    """Mid after every diff, with the time at which the engine applied it, ms."""

    delay_ms: int
    times: list[int] = field(default_factory=list)
    mids: list[float] = field(default_factory=list)

    def note(self, diff: DepthDiff, book: OrderBook) -> None:
        """Observe a diff that was applied."""
        mid = book.mid()
        assert mid is not None
        self.times.append(diff.event_time + self.delay_ms)
        self.mids.append(mid)

    def before(self, time: int) -> float:
        """Return the last mid of before `time`."""
        return [mid for at, mid in zip(self.times, self.mids, strict=True) if at < time][-1]

    def within(self, since: int, until: int) -> list[float]:
        """Return the mids from `since` on to before `until`."""
        return [mid for at, mid in zip(self.times, self.mids, strict=True) if since <= at < until]


def run(
    records: list[tuple[MarketRecord, int]], chosen: EngineSettings, prices: Prices | None = None
) -> list[Signal]:
    engine = MarketEngine(VENUE, SYMBOL, chosen, prices.note if prices else None)
    return [signal for record, offset in records for signal in engine.apply(record, offset)]


def history(seed: int, resets: bool = True) -> list[tuple[MarketRecord, int]]:
    """The records of a random market as they were received."""
    log = random_log(seed, resets=resets)
    numbered = [
        (record, offset) for topic in log.topics().values() for offset, record in enumerate(topic)
    ]
    return sorted(numbered, key=lambda pair: pair[0].received_us)


@given(seed=SEEDS, chosen=CHOSEN)
@settings(max_examples=60, deadline=None)
def test_an_outcome_is_what_the_history_shows(seed: int, chosen: EngineSettings) -> None:
    prices = Prices(chosen.lifecycle.trade_alignment_ms or 0)
    signals = run(history(seed, resets=False), chosen, prices)
    graded = [s for s in signals if isinstance(s, Outcome) and s.void_reason is None]
    for outcome in graded:
        end = outcome.told_at + outcome.horizon_ms
        assert outcome.event_time == end
        assert outcome.mid_at is not None
        assert outcome.mid_after == prices.before(end)
        path = [outcome.mid_at, *prices.within(outcome.told_at + 1, end)]
        rise = (max(path) / outcome.mid_at - 1) * 10_000
        fall = (1 - min(path) / outcome.mid_at) * 10_000
        expected = {1: (rise, fall), -1: (fall, rise), 0: (None, None)}[outcome.direction]
        for found, wanted in zip(
            (outcome.favourable_bps, outcome.adverse_bps), expected, strict=True
        ):
            if wanted is None:
                assert found is None
            else:
                assert found is not None
                assert abs(found - wanted) < TOLERANCE_BPS


@given(seed=SEEDS, chosen=CHOSEN)
@settings(max_examples=40, deadline=None)
def test_every_reading_is_graded_once_at_every_horizon(seed: int, chosen: EngineSettings) -> None:
    signals = run(history(seed), chosen)
    outcomes = [s for s in signals if isinstance(s, Outcome)]
    ids = [outcome.event_id for outcome in outcomes]
    assert len(ids) == len(set(ids))
    end = max(signal.event_time for signal in signals if not isinstance(signal, Outcome))
    closed = [
        s for s in signals if isinstance(s, LargeOrderEvent) and s.kind is OrderEventKind.CLOSED
    ]
    changes, last = [], None
    for signal in signals:
        if isinstance(signal, ActionSignal) and signal.final_action != last:
            changes.append(signal)
            last = signal.final_action
    alerts = [s for s in signals if isinstance(s, Alert)]
    for reading in (*closed, *changes, *alerts):
        for horizon in HORIZONS_MS:
            over = reading.event_time + horizon < end - 1_000
            assert not over or f"{reading.event_id}@{horizon}" in ids
    for outcome in outcomes:
        assert (outcome.void_reason is None) == (outcome.move_bps is not None)


def other_future(record: MarketRecord, since: int) -> MarketRecord:
    """Return the record with everything in it changed that happened after `since` (ms)."""
    match record:
        case DepthDiff() if record.event_time > since:
            return record.model_copy(
                update={
                    "bids": [(price, qty * 3) for price, qty in record.bids],
                    "asks": [(price, qty * 2) for price, qty in record.asks if price % 2],
                }
            )
        case DepthSnapshot() if record.event_time > since:
            return record.model_copy(
                update={"bids": [(price, qty * 7) for price, qty in record.bids]}
            )
        case Trades():
            return record.model_copy(
                update={"trades": [_other_trade(trade, since) for trade in record.trades]}
            )
        case OpenInterest() if record.event_time > since:
            return record.model_copy(update={"open_interest": record.open_interest * 2})
        case _:
            return record


def _other_trade(trade: Trade, since: int) -> Trade:
    if trade.event_time <= since:
        return trade
    return trade._replace(qty=trade.qty * 5, taker=TakerSide.BUY)


@given(seed=SEEDS, chosen=CHOSEN, cut=st.floats(0.1, 0.9))
@settings(max_examples=60, deadline=None)
def test_the_future_changes_neither_a_reading_nor_an_outcome_of_the_past(
    seed: int, chosen: EngineSettings, cut: float
) -> None:
    records = history(seed)
    last = records[-1][0].received_us // 1_000
    since = START_MS + int(cut * (last - START_MS))
    changed = [(other_future(record, since), offset) for record, offset in records]

    def past(signals: list[Signal]) -> list[str]:
        # With an alignment an order's event is told later than its time says.
        limit = since - (chosen.lifecycle.trade_alignment_ms or 0)
        return [
            signal.model_dump_json(exclude={"received_us"})
            for signal in signals
            if (isinstance(signal, READINGS) and signal.event_time <= limit)
            or (isinstance(signal, Outcome) and signal.event_time <= since)
        ]

    assert past(run(records, chosen)) == past(run(changed, chosen))
    assert changed != records


def test_the_random_markets_have_outcomes_of_many_kinds() -> None:
    """The properties above would hold of silence too."""
    outcomes = [
        signal
        for seed in range(12)
        for signal in run(history(seed), AT_ONCE)
        if isinstance(signal, Outcome)
    ]
    assert {outcome.direction for outcome in outcomes} == {-1, 0, 1}
    assert {outcome.reading_kind for outcome in outcomes} >= {
        "order_open",
        "order_closed",
        "action",
        "alert",
    }
    assert any(outcome.void_reason for outcome in outcomes)
    assert any((outcome.return_bps or 0.0) != 0.0 for outcome in outcomes)

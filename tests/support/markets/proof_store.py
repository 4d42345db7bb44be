"""Stores with outcomes whose truth is known: random walks, with and without a planted drift."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from dashboards.proof.trial import Tape, tape
from schemas.settings import ClickHouseSettings
from schemas.signals import BookMetrics, FateOutcome, Outcome, Signal, SuggestionOutcome
from tests.support.markets.records import RECEIVED_US, as_bytes, signal
from tests.support.processing.sink import started_sink

INFORMED: Final = ("binance_usdm", "BTCUSDT")
"""5 bps of drift follow each of its lures within 15 s."""
WALK: Final = ("binance_usdm", "ETHUSDT")
"""Nothing follows from anything."""
HOURS: Final = 1.5
SEVERAL: Final = 4
HOSTILE_LABEL: Final = "<img src=x onerror=document.title='broken'>"
UNGRADED: Final[dict[str, Any]] = {
    "return_bps": None,
    "favourable_bps": None,
    "adverse_bps": None,
}


async def fill(
    store: ClickHouseSettings,
    tapes: Mapping[tuple[str, str], Tape],
    suggestions: Iterable[Signal] = (),
) -> None:
    """Store tapes by venue and symbol: their outcomes and a row of the book for each second."""
    sink = await started_sink(store)
    offsets: Counter[str] = Counter()
    told = (("signals.outcomes", suggestion) for suggestion in suggestions)
    for topic, record in (*_records(tapes), *told):
        await sink.add(topic, 0, offsets[topic], as_bytes(record), RECEIVED_US)
        offsets[topic] += 1
    await sink.flush()
    await sink.stop()


def _records(tapes: Mapping[tuple[str, str], Tape]) -> Iterable[tuple[str, Any]]:
    for (venue, symbol), made in tapes.items():
        whose = {"venue": venue, "symbol": symbol}
        for row in made.outcomes:
            event_id = f"{symbol}:{row['event_id']}"
            own = {**row, **whose, "event_id": event_id}
            yield (
                "signals.outcomes",
                signal(Outcome, **own, reading_id=event_id.partition("@")[0]),
            )
        for second, mid in enumerate(made.series.mid):
            time_ms = (made.series.start_s + second) * 1_000
            yield "signals.book", signal(BookMetrics, **whose, event_time=time_ms, mid=float(mid))


async def fill_with_every_verdict(store: ClickHouseSettings) -> None:
    """Store two symbols with every verdict but "misleads", and a label that looks like HTML."""
    informed, walk = tape(1_003, HOURS, drift_bps=5.0), tape(2, HOURS)
    renamed = [
        {**row, "label": HOSTILE_LABEL if row["label"] == "MANIPULATION" else row["label"]}
        for row in walk.outcomes
    ]
    first = informed.outcomes[0]
    more = [
        {**first, "event_id": "void@1", "void_reason": "gap", **UNGRADED},
        {**first, "event_id": "none@1", "label": "UNKNOWN", "direction": 0, **UNGRADED},
        {**first, "event_id": "rare@1", "label": "MARKUP"},
    ]
    tapes = {
        INFORMED: Tape(informed.series, [*informed.outcomes, *more]),
        WALK: Tape(walk.series, renamed),
    }
    told_at = first["told_at"]
    await fill(store, tapes, [*_suggestions(told_at), *_fates(told_at)])


async def fill_with_many_readings(store: ClickHouseSettings) -> None:
    """Store INFORMED with each of its kinds of reading several times, under names of their own."""
    informed = tape(1_003, HOURS, drift_bps=5.0)
    told = [
        {**row, "event_id": f"{number}{row['event_id']}", "label": f"{row['label']}_{number}"}
        for number in range(SEVERAL)
        for row in informed.outcomes
    ]
    await fill(store, {INFORMED: Tape(informed.series, told)})


def _fates(told_at: int) -> Iterable[Signal]:
    """Give five forecasts of INFORMED: pulls were told at 40 % and came true twice of four, since
    one ended otherwise."""
    for number, (fate, after_ms) in enumerate(
        [("pulled", 4_000), ("pulled", 30_000), ("stood", 60_000), ("filled", 9), ("void", 500)]
    ):
        yield signal(
            FateOutcome,
            **dict(zip(("venue", "symbol"), INFORMED, strict=True)),
            event_id=f"f{number}@1",
            told_at=told_at,
            event_time=told_at + after_ms,
            fate=fate,
            after_ms=after_ms,
        )


def _suggestions(told_at: int) -> Iterable[Signal]:
    """Give six of INFORMED: four entered, of which one lost more than its amount."""
    left = {"exit_price": None, "loss_usd": None, "is_within": None, "entered_at": None}
    ends: tuple[dict[str, Any], ...] = (
        {"end": "stopped", "loss_usd": 130.0, "is_within": False},
        {"end": "stopped", "loss_usd": 90.0, "is_within": True},
        {"end": "held", "loss_usd": -40.0, "is_within": True},
        {"end": "held", "loss_usd": 10.0, "is_within": True},
        {"end": "not_entered", **left},
        {"end": "withdrawn", **left, "touched_at": None},
    )
    for number, fields in enumerate(ends):
        yield signal(
            SuggestionOutcome,
            **dict(zip(("venue", "symbol"), INFORMED, strict=True)),
            event_id=f"s{number}:graded",
            suggestion_id=f"s{number}",
            told_at=told_at,
            event_time=told_at + 60_000,
            **fields,
        )

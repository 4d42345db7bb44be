"""How a rule would have done on what the store holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dashboards.queries.rules import MARKET_NOW, MARKET_SINCE, RULE_OUTCOMES
from dashboards.reader import StoreReader
from dashboards.rules.grades import Grades, graded
from dashboards.rules.tape import Tape
from dashboards.rules.watch import Firing, RuleWatch
from schemas.settings import RuleSettings, WatchFor

GRADED_AT_MS: Final = 60_000
"""Horizon at which firings are graded, the nearest that the ledger has."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule would have told."""

    from_ms: int
    """Where what the store holds of the time that was asked for begins."""
    to_ms: int
    firings: list[Firing]
    held_back: int
    """Firings that the cool-down would have held back."""
    grades: Grades


async def preview(
    reader: StoreReader, rule: RuleSettings, span_ms: int, horizons_ms: Sequence[int]
) -> Preview:
    """Return what `rule` would have told in the last `span_ms` of the market.

    Raises StoreError, TooMuchError.
    """
    [now] = await reader.rows(MARKET_NOW, {})
    of_feeds = rule.on is WatchFor.FEED_STATE
    # States of streams are told by the local clock, which a replayed market is not at.
    to_ms = int(now["clock_ms" if of_feeds else "now_ms"])
    after = {
        "after_ms": int(now["now_ms"]) - span_ms,
        "after_clock_ms": int(now["clock_ms"]) - span_ms,
    }
    [begun] = await reader.rows(MARKET_SINCE, after)
    since_ms = int(begun["since_clock_ms" if of_feeds else "since_ms"])
    from_ms = to_ms - span_ms
    watch, tape = RuleWatch(rule), Tape(reader)
    await tape.begin([watch], from_ms, from_ms)
    play = tape.play_feeds if of_feeds else tape.play
    firings = await play([watch], from_ms, to_ms)
    horizon_ms = min(horizons_ms, key=lambda known: abs(known - GRADED_AT_MS))
    span = {"from_ms": from_ms, "to_ms": to_ms, "horizon_ms": horizon_ms}
    outcomes = await reader.rows(RULE_OUTCOMES, span)
    grades = graded(firings, outcomes, horizon_ms)
    return Preview(max(from_ms, since_ms), to_ms, firings, watch.held_back, grades)

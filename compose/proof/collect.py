"""Outcomes and mids of an engine's run, kept for the judgement."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dashboards.proof.cells import SymbolKey
from dashboards.proof.mids import MidSeries
from dashboards.proof.scorecard import Scorecard, judge
from dashboards.proof.suggestions import judge_suggestions
from schemas.signals import BookMetrics, Outcome, Signal, SuggestionOutcome


class OutcomeCollector:
    """Takes every signal of a run and judges what became of its readings."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.outcomes: list[dict[str, Any]] = []
        self._suggestions: list[dict[str, Any]] = []
        self._seconds: dict[SymbolKey, list[tuple[int, float | None]]] = {}

    def take(self, signal: Signal) -> None:
        """Keep what a judgement needs of a signal."""
        match signal:
            case Outcome():
                self.outcomes.append(signal.model_dump())
            case SuggestionOutcome():
                self._suggestions.append(signal.model_dump())
            case BookMetrics():
                own = self._seconds.setdefault((signal.venue, signal.symbol), [])
                own.append((signal.event_time, signal.mid))
            case _:
                pass

    def card(self, fee_bps: float) -> Scorecard:
        """Judge the outcomes so far; `fee_bps` is what a taker pays each way."""
        # As of the store: no mid from after the newest outcome, or the controls would differ.
        until_ms = max((outcome["event_time"] for outcome in self.outcomes), default=0)
        series = {key: _series_until(own, until_ms) for key, own in self._seconds.items()}
        over = [row for row in self._suggestions if row["event_time"] <= until_ms]
        card = judge(self.outcomes, series, fee_bps)
        return replace(card, suggestions=judge_suggestions(over))


def _series_until(seconds: list[tuple[int, float | None]], until_ms: int) -> MidSeries:
    known = [(time, mid) for time, mid in seconds if time <= until_ms]
    return MidSeries.of((time for time, _ in known), (mid for _, mid in known))

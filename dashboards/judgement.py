"""The scorecard of what is stored."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from dashboards.proof.mids import MidSeries
from dashboards.proof.scorecard import Scorecard, judge
from dashboards.proof.suggestions import judge_suggestions
from dashboards.queries.proof import MIDS, OUTCOMES, OUTCOMES_END, SUGGESTION_OUTCOMES
from dashboards.reader import StoreReader
from schemas.units import HOUR_MS


async def newest_outcome_ms(reader: StoreReader) -> int:
    """Return when the newest stored outcome was known, ms; 0 without any. Raises StoreError."""
    return int((await reader.rows(OUTCOMES_END, {}))[0]["until_ms"])


async def judged(reader: StoreReader, until_ms: int, hours: int, fee_bps: float) -> Scorecard:
    """Judge the readings told in the `hours` up to `until_ms`; takes seconds. Raises StoreError."""
    window = {"from_ms": until_ms - hours * HOUR_MS, "to_ms": until_ms}
    outcomes, mids, suggestions = await asyncio.gather(
        *(reader.rows(query, window) for query in (OUTCOMES, MIDS, SUGGESTION_OUTCOMES))
    )
    series = {
        (row["venue"], row["symbol"]): MidSeries.of(row["times_ms"], row["mids"]) for row in mids
    }
    card = await asyncio.to_thread(judge, outcomes, series, fee_bps)
    return replace(card, suggestions=judge_suggestions(suggestions))

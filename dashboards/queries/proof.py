"""Outcomes, and the mids that they are judged against."""

from __future__ import annotations

from typing import Final

from dashboards.queries.model import Query

OUTCOMES_END: Final = Query(
    "outcomes_end",
    "When the newest outcome was known",
    "SELECT max(event_time) AS until_ms FROM outcomes_rows",
    "ms",
)

OUTCOMES: Final = Query(
    "outcomes",
    "Outcomes of the readings that were told in a window",
    """
    SELECT venue, symbol, event_id, event_time, reading_kind, label, direction, told_at, horizon_ms,
           return_bps, favourable_bps, adverse_bps, half_spread_bps_at, half_spread_bps_after,
           void_reason
    FROM outcomes_rows FINAL
    WHERE told_at >= {from_ms:Int64} AND event_time >= {from_ms:Int64}
      AND event_time <= {to_ms:Int64}
    ORDER BY venue, symbol, told_at, event_id
    """,
    "bps",
)

SUGGESTION_OUTCOMES: Final = Query(
    "suggestion_outcomes",
    "What became of the suggestions that were told in a window",
    """
    SELECT venue, symbol, classification, end, max_loss_usd, touched_at, entered_at, loss_usd,
           is_within, void_reason
    FROM suggestion_outcomes_rows FINAL
    WHERE told_at >= {from_ms:Int64} AND event_time >= {from_ms:Int64}
      AND event_time <= {to_ms:Int64}
    ORDER BY venue, symbol, told_at, event_id
    """,
    "quote currency",
)

FATE_FIGURES: Final = Query(
    "fate_figures",
    "What each forecast of the fate of orders said, and how often it came true",
    """
    SELECT venue, symbol, fate_model_version, forecast, graded, told, came_true, brier
    FROM fate_figures(from_ms = {from_ms:Int64}, to_ms = {to_ms:Int64})
    ORDER BY venue, symbol, fate_model_version, forecast
    """,
    "shares",
)

MIDS: Final = Query(
    "mids",
    "Mid of every second that was told in a window; none where there was no book",
    """
    SELECT venue, symbol, groupArray(event_time) AS times_ms,
           arrayMap(one -> one.1, groupArray(tuple(mid))) AS mids
    FROM book_1s_rows FINAL
    WHERE event_time >= {from_ms:Int64} AND event_time <= {to_ms:Int64}
    GROUP BY venue, symbol
    ORDER BY venue, symbol
    """,
    "quote currency",
)

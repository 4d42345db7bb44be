"""The board of proof: what became of the readings, as far as SQL can tell.

Controls, intervals and verdicts need resampling: they are on the page Proof and in
`wallwatch scorecard`, of which these are the basic figures.
"""

from __future__ import annotations

from typing import Final

from dashboards.panels.colours import BLUE, GREY, ORANGE
from dashboards.panels.counts import Count, counts
from dashboards.panels.model import TIME, Kind, Panel, Query, Unit
from dashboards.panels.model import number as _number
from dashboards.panels.model import text as _text
from dashboards.panels.scope import FROM_MS, IN_RANGE, MARKET, TO_MS
from dashboards.proof.suggestions import NORMAL_95

_OF_KIND: Final = "reading_kind IN (${kind:singlequote})"
_AT_HORIZON: Final = "toString(horizon_ms) IN (${horizon:singlequote})"
_CHOSEN: Final = f"{MARKET} AND {IN_RANGE}\n  AND {_OF_KIND} AND {_AT_HORIZON}"


def _wilson(sign: str) -> str:
    """Return SQL of an end of the 95 % interval of within / entered (Wilson 1927)."""
    z = NORMAL_95
    share, half = "(within / entered)", f"{z * z:.6f} / (2 * entered)"
    root = f"sqrt({share} * (1 - {share}) / entered + {z * z:.6f} / (4 * entered * entered))"
    return f"({share} + {half} {sign} {z} * {root}) / (1 + {z * z:.6f} / entered)"


FIGURES: Final = Panel(
    key="proof.figures",
    title="What became of the readings",
    question=(
        "How did mid move after each kind of reading, in its direction? Whether that is more than "
        "chance, the page Proof says; and is it worth the spread?"
    ),
    kind=Kind.TABLE,
    width=24,
    height=13,
    query=Query(
        f"""
SELECT symbol, label, replaceAll(reading_kind, '_', ' ') AS kind, horizon_ms,
       readings, mean_bps, median_bps, hit_rate, favourable_bps, adverse_bps,
       net_bps AS after_spread_bps, undirected, void, venue
FROM outcome_figures(from_ms = {FROM_MS}, to_ms = {TO_MS}, fee_bps = 0)
WHERE {MARKET}
  AND {_OF_KIND} AND {_AT_HORIZON}
ORDER BY venue, symbol, label, kind, horizon_ms""",
        (
            _text("symbol", "Symbol"),
            _text("label", "Reading"),
            _text("kind", "Told by"),
            _number("horizon_ms", "Horizon", Unit.MS),
            _number("readings", "Graded"),
            _number("mean_bps", "Mean", Unit.BPS, nullable=True, decimals=2),
            _number("median_bps", "Median", Unit.BPS, nullable=True, decimals=2),
            _number("hit_rate", "Hit rate", Unit.RATIO, nullable=True, decimals=0),
            _number("favourable_bps", "Largest with it", Unit.BPS, nullable=True, decimals=2),
            _number("adverse_bps", "Largest against it", Unit.BPS, nullable=True, decimals=2),
            _number("after_spread_bps", "After spread", Unit.BPS, nullable=True, decimals=2),
            _number("undirected", "Of no side"),
            _number("void", "Not gradable"),
            _text("venue", "Venue", hidden=True),
        ),
    ),
)

SO_FAR: Final = Panel(
    key="proof.so_far",
    title="Mean so far",
    question="Does the mean move after a reading settle away from zero, or does it run towards it?",
    kind=Kind.LINES,
    width=24,
    height=10,
    unit=Unit.BPS,
    query=Query(
        f"""
SELECT time, reading, total / graded AS mean_bps
FROM
(
    SELECT time, reading, sum(part) OVER so_far AS total, sum(readings) OVER so_far AS graded
    FROM
    (
        SELECT $__timeInterval(time) AS time,
               concat(label, ' (', replaceAll(reading_kind, '_', ' '), '), ',
                      toString(horizon_ms / 1000), ' s') AS reading,
               sum(assumeNotNull(return_bps)) AS part, count() AS readings
        FROM outcomes
        WHERE {_CHOSEN} AND return_bps IS NOT NULL
        GROUP BY time, reading
    )
    WINDOW so_far AS (PARTITION BY reading ORDER BY time)
)
ORDER BY time, reading""",
        (TIME, _text("reading", "Reading"), _number("mean_bps", "Mean so far", Unit.BPS)),
    ),
)

GRADED: Final = counts(
    "proof.graded",
    "Outcomes",
    "How many readings were graded, and how many could not be?",
    f"outcomes AS o\nWHERE {_CHOSEN}",
    (
        Count("graded", "Graded", BLUE, "o.return_bps IS NOT NULL"),
        Count("undirected", "Of no side", GREY, "o.void_reason IS NULL AND o.return_bps IS NULL"),
        Count("void", "Not gradable", ORANGE, "o.void_reason IS NOT NULL"),
    ),
    time="o.time",
    width=12,
    height=8,
)

VOIDS: Final = Panel(
    key="proof.voids",
    title="Not gradable",
    question="Why could readings not be graded?",
    kind=Kind.TABLE,
    width=12,
    height=8,
    query=Query(
        f"""
SELECT symbol, assumeNotNull(void_reason) AS reason, replaceAll(reading_kind, '_', ' ') AS kind,
       count() AS outcomes
FROM outcomes
WHERE {_CHOSEN} AND void_reason IS NOT NULL
GROUP BY symbol, reason, reading_kind
ORDER BY outcomes DESC, symbol, reason, reading_kind""",
        (
            _text("symbol", "Symbol"),
            _text("reason", "Reason"),
            _text("kind", "Told by"),
            _number("outcomes", "Outcomes"),
        ),
    ),
)

SUGGESTIONS: Final = Panel(
    key="proof.suggestions",
    title="Suggestions beside walls",
    question=(
        "Off until maxLossAmount is set, never advice. Of the suggestions that a trade went "
        "beyond, how many lost no more than the amount?"
    ),
    kind=Kind.TABLE,
    width=24,
    height=6,
    query=Query(
        f"""
SELECT symbol, classification, count() AS told, countIf(loss_usd IS NOT NULL) AS entered,
       countIf(is_within) AS within,
       if(entered = 0, NULL, within / entered) AS within_share,
       if(entered = 0, NULL, {_wilson("-")}) AS low,
       if(entered = 0, NULL, {_wilson("+")}) AS high,
       countIf(end = 'stopped') AS stopped,
       avg(loss_usd) AS mean_loss_usd,
       max(loss_usd / max_loss_usd) AS worst_ratio,
       countIf(end = 'not_entered') AS not_entered, countIf(end = 'withdrawn') AS withdrawn,
       countIf(end IN ('not_entered', 'withdrawn') AND touched_at IS NOT NULL) AS touched_only,
       countIf(end = 'void') AS void, venue
FROM suggestion_outcomes
WHERE {MARKET} AND told_at >= {FROM_MS} AND {IN_RANGE}
GROUP BY venue, symbol, classification
ORDER BY venue, symbol, classification""",
        (
            _text("symbol", "Symbol"),
            _text("classification", "Wall"),
            _number("told", "Told"),
            _number("entered", "Entered"),
            _number("within", "Within the amount"),
            _number("within_share", "Share", Unit.RATIO, nullable=True, decimals=1),
            _number("low", "95 % from", Unit.RATIO, nullable=True, decimals=1),
            _number("high", "95 % to", Unit.RATIO, nullable=True, decimals=1),
            _number("stopped", "Stopped"),
            _number("mean_loss_usd", "Mean loss", Unit.USD, nullable=True, decimals=2),
            _number("worst_ratio", "Worst, amounts", nullable=True, decimals=2),
            _number("not_entered", "Not entered"),
            _number("withdrawn", "Withdrawn"),
            _number("touched_only", "Touched only"),
            _number("void", "Not gradable"),
            _text("venue", "Venue", hidden=True),
        ),
    ),
)

FORECASTS: Final = Panel(
    key="proof.forecasts",
    title="Filled or pulled?",
    question=(
        "Off until a proven model is set (engine.fate.model). How often did the forecasts of the "
        "fate of standing orders come true?"
    ),
    kind=Kind.TABLE,
    width=24,
    height=6,
    query=Query(
        f"""
SELECT symbol, forecast, graded, told, came_true, brier, fate_model_version AS model, venue
FROM fate_figures(from_ms = {FROM_MS}, to_ms = {TO_MS})
WHERE {MARKET}
ORDER BY venue, symbol, model, forecast""",
        (
            _text("symbol", "Symbol"),
            _text("forecast", "Forecast"),
            _number("graded", "Graded"),
            _number("told", "Told on average", Unit.RATIO, decimals=1),
            _number("came_true", "Came true", Unit.RATIO, decimals=1),
            _number("brier", "Brier score", decimals=4),
            _text("model", "Model"),
            _text("venue", "Venue", hidden=True),
        ),
    ),
)

PANELS: Final = (FIGURES, SO_FAR, GRADED, VOIDS, SUGGESTIONS, FORECASTS)

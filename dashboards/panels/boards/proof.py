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

_OF_KIND: Final = "reading_kind IN (${kind:singlequote})"
_AT_HORIZON: Final = "toString(horizon_ms) IN (${horizon:singlequote})"
_CHOSEN: Final = f"{MARKET} AND {IN_RANGE}\n  AND {_OF_KIND} AND {_AT_HORIZON}"

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

PANELS: Final = (FIGURES, SO_FAR, GRADED, VOIDS)

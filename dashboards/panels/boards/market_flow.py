"""Figures of all markets of a coin side by side: flow, open interest, basis, who leads, clocks."""

from __future__ import annotations

from typing import Final

from dashboards.panels.colours import GREY, VENUE_COLOURS
from dashboards.panels.model import TIME, Column, Kind, Panel, Query, Type, Unit
from dashboards.panels.model import number as _number
from dashboards.panels.model import text as _text
from dashboards.panels.scope import COIN, IN_RANGE

TOGETHER: Final = "all"
"""The line of all markets together."""
MARKET_COLOURS: Final = {TOGETHER: GREY, **VENUE_COLOURS}
REPORTED_S: Final = 60
"""Who leads and the clocks are told every ten seconds; a gap is much longer, s."""


def spaced(market: str) -> str:
    """Return SQL of a market's name as a line is called: its venue stands by itself and has the
    colour of the line."""
    return f"replaceOne(toString({market}), ':', ' ')"


def _by_market(figure: str, whole: str | None, of_each: str) -> str:
    """Return SQL of one line a market, and one of all where `whole` names its column."""
    names = f"arrayMap(market -> {spaced('market')}, markets)"
    if whole is not None:
        names = f"arrayConcat(['{TOGETHER}'], {names})"
        of_each = f"arrayConcat([{whole}], {of_each})"
    return f"""
SELECT time, line, {figure}
FROM
(
    SELECT $__timeInterval(told.time) AS time, tupleElement(told.pair, 1) AS line,
           argMax(tupleElement(told.pair, 2), told.event_time) AS {figure}
    FROM
    (
        SELECT time, event_time, arrayJoin(arrayZip({names}, {of_each})) AS pair
        FROM cross_1s
        WHERE {COIN} AND {IN_RANGE}
    ) AS told
    WHERE tupleElement(told.pair, 2) IS NOT NULL
    GROUP BY time, line
)
ORDER BY time, line"""


CVD: Final = Panel(
    key="markets.cvd",
    title="CVD of all markets",
    question="Do takers buy or sell the coin, how much of it, and on which market?",
    kind=Kind.LINES,
    width=12,
    height=9,
    unit=Unit.SHORT,
    query=Query(
        _by_market("cvd", "cvd_qty", "cvd_qty_by_market"),
        (TIME, _text("line"), _number("cvd", "CVD, base", Unit.SHORT)),
        by_time=True,
    ),
    colours=MARKET_COLOURS,
)

OPEN_INTEREST: Final = Panel(
    key="markets.open_interest",
    title="Open interest, change",
    question="Were positions opened or closed since this time began, and on which market?",
    kind=Kind.LINES,
    width=12,
    height=9,
    unit=Unit.SHORT,
    query=Query(
        f"""
SELECT time, line, sum(since) AS change
FROM
(
    SELECT time, arrayJoin([of_each.line, '{TOGETHER}']) AS line, of_each.since AS since
    FROM
    (
        SELECT time, line, assumeNotNull(open_interest) AS open,
               open - first_value(open) OVER (PARTITION BY line ORDER BY time) AS since
        FROM ({_by_market("open_interest", None, "open_interest_by_market")})
    ) AS of_each
)
GROUP BY time, line
ORDER BY time, line""",
        (TIME, _text("line"), _number("change", "Change, base", Unit.SHORT)),
    ),
    colours=MARKET_COLOURS,
)
"""A change of all is the sum of the markets' changes: one that comes later opens nothing."""

BASIS: Final = Panel(
    key="markets.basis",
    title="Basis",
    question="How far does each market stand above the common mid?",
    kind=Kind.LINES,
    width=12,
    height=9,
    unit=Unit.BPS,
    query=Query(
        _by_market("basis_bps", None, "basis_bps"),
        (TIME, _text("line"), _number("basis_bps", "Basis", Unit.BPS, nullable=True, decimals=2)),
        by_time=True,
    ),
    colours=MARKET_COLOURS,
)

HALF_STEP_MS: Final = 50
"""Returns are those of 100 ms, so no lead is known better than to half of it, ms."""

_LEADS: Final = f"""
SELECT
    any(first) AS one, any(second) AS other,
    countIf(lead_ms IS NOT NULL) AS readings,
    countIf(lead_ms > 0) / greatest(readings, 1) AS one_share,
    countIf(lead_ms < 0) / greatest(readings, 1) AS other_share,
    ifNull(avg(lead_ms), 0) AS mean_ms,
    ifNull(stddevSamp(lead_ms), 0) AS spread_ms,
    (max(event_time) - min(event_time)) / (any(samples) * 100) AS free,
    if(free < 2, NULL, greatest({HALF_STEP_MS},
       (1.96 + 2.37 / free + 2.82 / (free * free)) * spread_ms / sqrt(free + 1))) AS plus_minus_ms,
    avg(correlation) AS correlation
FROM cross_leads
WHERE {COIN} AND {IN_RANGE}
GROUP BY symbol, first, second"""
"""Readings overlap: each tells the last `samples` returns of 100 ms. As many of them count as fit
without overlap, and the interval of their mean is Student's (expanded to the second order)."""

LEADS: Final = Panel(
    key="markets.leads",
    title="Who leads",
    question="Whose mid moves first, by how much, and how sure is that (95 %)?",
    kind=Kind.TABLE,
    width=24,
    height=6,
    query=Query(
        f"""
SELECT
    if(mean_ms >= 0, one, other) AS leader,
    if(mean_ms >= 0, other, one) AS follower,
    abs(mean_ms) AS lead_ms,
    plus_minus_ms,
    if(readings = 0 OR plus_minus_ms IS NULL, 'not known yet',
       if(lead_ms > plus_minus_ms, 'leads', 'no clear lead')) AS verdict,
    if(mean_ms >= 0, one_share, other_share) AS ahead_share,
    if(mean_ms >= 0, other_share, one_share) AS behind_share,
    correlation,
    readings
FROM ({_LEADS})
ORDER BY verdict = 'leads' DESC, lead_ms DESC, leader, follower""",
        (
            _text("leader", "Market", chars=26),
            _text("follower", "Against", chars=26),
            _number("lead_ms", "Ahead by, ms", decimals=0),
            _number("plus_minus_ms", "± ms", nullable=True, decimals=0),
            _text("verdict", "Verdict"),
            _number("ahead_share", "Ahead in", Unit.RATIO, decimals=0),
            _number("behind_share", "Behind in", Unit.RATIO, decimals=0),
            _number("correlation", "Correlation", decimals=2),
            _number("readings", "Readings", decimals=0),
        ),
    ),
)

_AHEAD: Final = f"""
SELECT time, pair.1 AS market, pair.2 AS other, pair.3 AS ahead_ms
FROM
(
    SELECT l.time AS time,
           arrayJoin([(l.first, l.second, l.lead_ms), (l.second, l.first, -l.lead_ms)]) AS pair
    FROM cross_leads AS l
    WHERE {COIN} AND {IN_RANGE} AND l.lead_ms IS NOT NULL
)"""
"""Each pair seen from either side."""

LEAD_LINES: Final = Panel(
    key="markets.lead_lines",
    title="Behind the leader",
    question="How long after the market that leads does each other move (below zero: before it)?",
    kind=Kind.LINES,
    holds=True,
    gap_s=REPORTED_S,
    width=12,
    height=9,
    unit=Unit.MS,
    query=Query(
        f"""
WITH
    ahead AS ({_AHEAD}
    ),
    leading AS
    (
        SELECT market FROM ahead GROUP BY market ORDER BY avg(ahead_ms) DESC, market LIMIT 1
    )
SELECT $__timeInterval(a.time) AS time,
       if(a.side = 'leader', concat({spaced("a.market")}, ', leads'), {spaced("a.other")}) AS line,
       avg(if(a.side = 'leader', 0, a.ahead_ms)) AS behind_ms
FROM
(
    SELECT time, market, other, ahead_ms, arrayJoin(['leader', 'follower']) AS side
    FROM ahead
    WHERE market IN (SELECT market FROM leading)
) AS a
GROUP BY time, line
ORDER BY time, line""",
        (TIME, _text("line"), _number("behind_ms", "Behind", Unit.MS, nullable=True)),
    ),
    colours=MARKET_COLOURS,
)
"""One line a market instead of one a pair, of which six markets have fifteen."""

CLOCKS: Final = Panel(
    key="markets.clocks",
    title="Clocks",
    question="How far do the markets' clocks lie apart, and which tolerance is used?",
    kind=Kind.TABLE,
    width=12,
    height=6,
    query=Query(
        f"""
SELECT market, skew_ms, tolerance_ms, within_tolerance
FROM cross_clocks
WHERE {COIN} AND {IN_RANGE}
ORDER BY event_time DESC, market
LIMIT 1 BY symbol, market""",
        (
            _text("market", "Market"),
            _number("skew_ms", "Skew, ms", decimals=1),
            _number("tolerance_ms", "Tolerance, ms", decimals=0),
            Column("within_tolerance", Type.BOOL, "Within"),
        ),
    ),
)

SKEW: Final = Panel(
    key="markets.skew",
    title="Skew of the clocks",
    question="Does a clock drift against the others?",
    kind=Kind.LINES,
    gap_s=REPORTED_S,
    width=12,
    height=6,
    unit=Unit.MS,
    query=Query(
        f"""
SELECT $__timeInterval(c.time) AS time, {spaced("c.market")} AS line, avg(c.skew_ms) AS skew_ms
FROM cross_clocks AS c
WHERE {COIN} AND {IN_RANGE}
GROUP BY time, line
ORDER BY time, line""",
        (TIME, _text("line"), _number("skew_ms", "Skew", Unit.MS, decimals=1)),
    ),
    colours=MARKET_COLOURS,
)

"""The board of flow: who trades aggressively, in which size, and do positions open or close?"""

from __future__ import annotations

from typing import Final

from dashboards.panels.colours import (
    BLUE,
    DEEP_BLUE,
    GREEN,
    GREY,
    LIGHT_BLUE,
    ORANGE,
    RED,
    VIOLET,
)
from dashboards.panels.model import TIME, Column, Kind, Panel, Query, Unit
from dashboards.panels.model import number as _number
from dashboards.panels.scope import IN_RANGE, MARKET, every_second

_BARS: Final = f"""flow AS f
WHERE {MARKET} AND {IN_RANGE} AND interval_ms = if($__interval_s >= 60, 60000, 1000)"""
"""Bars of the length that suits the distance between two points."""

POLLS_S: Final = 300
"""Polls of the open interest are seconds or two minutes apart; a longer silence is a gap, s."""


def _takers(bought: str, sold: str) -> tuple[Column, ...]:
    """Return the columns of what takers did on both sides, named as given."""
    return (
        TIME,
        _number(bought, "Takers bought", Unit.USD, colour=GREEN),
        _number(sold, "Takers sold", Unit.USD, colour=RED),
    )


PRICE: Final = Panel(
    key="flow.price",
    title="Price",
    question="What did the price do?",
    kind=Kind.LINES,
    width=24,
    height=7,
    query=Query(
        f"""
SELECT $__timeInterval(f.time) AS time, argMax(f.close, f.event_time) AS close,
       max(f.high) AS high, min(f.low) AS low
FROM {_BARS} AND f.close IS NOT NULL
GROUP BY time
ORDER BY time""",
        (
            TIME,
            _number("close", "Price", Unit.LOCALE, nullable=True, colour=BLUE),
            _number("high", "High", Unit.LOCALE, nullable=True, colour=GREEN),
            _number("low", "Low", Unit.LOCALE, nullable=True, colour=RED),
        ),
        by_time=True,
    ),
)

CVD: Final = Panel(
    key="flow.cvd",
    title="CVD by trade size",
    question="Do small or large takers buy, and since when?",
    kind=Kind.LINES,
    width=24,
    height=8,
    unit=Unit.USD,
    query=Query(
        f"""
SELECT time,
       sum(small) OVER so_far AS lt_10k,
       sum(medium) OVER so_far AS from_10k,
       sum(large) OVER so_far AS from_100k,
       sum(largest) OVER so_far AS from_1m,
       sum(small + medium + large + largest) OVER so_far AS total
FROM
(
    SELECT $__timeInterval(f.time) AS time, sum(f.delta_usd_lt_10k) AS small,
           sum(f.delta_usd_10k_100k) AS medium, sum(f.delta_usd_100k_1m) AS large,
           sum(f.delta_usd_ge_1m) AS largest
    FROM {_BARS}
    GROUP BY time
)
WINDOW so_far AS (ORDER BY time)
ORDER BY time""",
        (
            TIME,
            _number("lt_10k", "below 10k", Unit.USD, colour=GREY),
            _number("from_10k", "10k to 100k", Unit.USD, colour=LIGHT_BLUE),
            _number("from_100k", "100k to 1M", Unit.USD, colour=VIOLET),
            _number("from_1m", "1M and more", Unit.USD, colour=ORANGE),
            _number("total", "all trades", Unit.USD, colour=DEEP_BLUE),
        ),
    ),
)

DELTA: Final = Panel(
    key="flow.delta",
    title="Delta",
    question="Who was more aggressive in each bar?",
    kind=Kind.BARS,
    width=24,
    height=6,
    unit=Unit.USD,
    stacked=True,
    query=Query(
        f"""
SELECT $__timeInterval(f.time) AS time, greatest(sum(f.delta_usd), 0) AS buying,
       least(sum(f.delta_usd), 0) AS selling
FROM {_BARS}
GROUP BY time
ORDER BY time""",
        _takers("buying", "selling"),
        by_time=True,
    ),
)

VOLUME: Final = Panel(
    key="flow.volume",
    title="Taker volume",
    question="How much do takers buy and sell in each bar?",
    kind=Kind.BARS,
    width=24,
    height=6,
    unit=Unit.USD,
    stacked=True,
    query=Query(
        f"""
SELECT $__timeInterval(f.time) AS time, sum(f.buy_usd) AS bought, -sum(f.sell_usd) AS sold
FROM {_BARS}
GROUP BY time
ORDER BY time""",
        _takers("bought", "sold"),
        by_time=True,
    ),
)

OPEN_INTEREST: Final = Panel(
    key="flow.open_interest",
    title="Open interest",
    question="Are positions opened or closed?",
    kind=Kind.LINES,
    holds=True,
    gap_s=POLLS_S,
    width=12,
    height=8,
    unit=Unit.LOCALE,
    query=Query(
        f"""
SELECT o.time AS time, o.open_interest AS open_interest,
       100 * (o.open_interest / lagInFrame(o.open_interest, 1, o.open_interest) OVER polls - 1)
           AS change_pct
FROM open_interest AS o
WHERE {MARKET} AND {IN_RANGE} AND o.open_interest > 0
WINDOW polls AS (PARTITION BY o.venue, o.symbol ORDER BY o.event_time)
ORDER BY time""",
        (
            TIME,
            _number("open_interest", "Open interest", Unit.LOCALE, colour=VIOLET),
            _number("change_pct", "Change", Unit.PERCENT, colour=ORANGE, right_axis=True),
        ),
    ),
)

FUNDING: Final = Panel(
    key="flow.funding",
    title="Funding",
    question="Which side pays for its position?",
    kind=Kind.LINES,
    holds=True,
    gap_s=POLLS_S,
    width=12,
    height=8,
    unit=Unit.RATIO,
    query=Query(
        f"""
SELECT o.time AS time, o.funding_rate AS funding_rate
FROM open_interest AS o
WHERE {MARKET} AND {IN_RANGE} AND o.funding_rate IS NOT NULL
ORDER BY time""",
        (
            TIME,
            _number("funding_rate", "Funding of the period", Unit.RATIO, nullable=True, decimals=4),
        ),
        by_time=True,
    ),
)

BOOK: Final = Panel(
    key="flow.book",
    title="Imbalance and spread",
    question="Which side of the book is heavier near the touch?",
    kind=Kind.LINES,
    width=12,
    height=8,
    query=Query(
        f"""
SELECT $__timeInterval(b.time) AS time, avg(b.obi) AS obi, avg(b.spread_bps) AS spread_bps
FROM {every_second("is_valid", "obi", "spread_bps")} AS b
WHERE b.is_valid
GROUP BY time
ORDER BY time""",
        (
            TIME,
            _number("obi", "Imbalance, -1 to 1", nullable=True, decimals=3, colour=BLUE),
            _number(
                "spread_bps", "Spread", Unit.BPS, nullable=True, colour=ORANGE, right_axis=True
            ),
        ),
        by_time=True,
    ),
)

DEPTH: Final = Panel(
    key="flow.depth",
    title="Depth within 25 bps",
    question="How much stands close to the price on each side?",
    kind=Kind.LINES,
    width=12,
    height=8,
    unit=Unit.USD,
    query=Query(
        f"""
SELECT $__timeInterval(b.time) AS time,
       avg(b.bid_depth_usd[indexOf(b.depth_bps, 25)]) AS bids,
       avg(b.ask_depth_usd[indexOf(b.depth_bps, 25)]) AS asks
FROM {every_second("is_valid", "depth_bps", "bid_depth_usd", "ask_depth_usd")} AS b
WHERE b.is_valid AND has(b.depth_bps, 25)
GROUP BY time
ORDER BY time""",
        (
            TIME,
            _number("bids", "Bids", Unit.USD, colour=GREEN),
            _number("asks", "Asks", Unit.USD, colour=RED),
        ),
        by_time=True,
    ),
)

PANELS: Final = (PRICE, CVD, DELTA, VOLUME, OPEN_INTEREST, FUNDING, BOOK, DEPTH)

"""Rows of the store for rules, in the order in which they happened."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Any, Final

from dashboards.queries.model import Query
from dashboards.queries.rules import (
    RULE_ACTIONS,
    RULE_ACTIONS_BEFORE,
    RULE_CROSS,
    RULE_FEEDS,
    RULE_FEEDS_BEFORE,
    RULE_MIDS,
    RULE_ORDERS,
    RULE_STANDING,
)
from dashboards.reader import Row, StoreReader
from dashboards.rules.watch import Firing, RuleWatch
from schemas.settings import WatchFor

REMEMBERED: Final = 200_000
"""Most ids of events that are remembered as played."""
MOST_ROWS: Final = 500_000
"""Of one kind in one read."""


class TooMuchError(Exception):
    """A window holds more than a preview reads; the message names the cure."""


class Tape:
    """Reads what some rules need, and lets them watch it."""

    def __init__(self, reader: StoreReader, limit: int = MOST_ROWS) -> None:
        self._reader = reader
        self._limit = limit
        self._played: OrderedDict[str, None] = OrderedDict()
        """Ids of events that were played: spans of a follower overlap."""

    async def begin(self, watches: Sequence[RuleWatch], at_ms: int, clock_ms: int) -> None:
        """Tell the rules what was so already: at `at_ms` of the market, of streams at `clock_ms` of
        the local clock. Raises StoreError."""
        if acting := [one for one in watches if one.rule.on is WatchFor.ACTION_CHANGES]:
            for row in await self._reader.rows(RULE_ACTIONS_BEFORE, {"after_ms": at_ms}):
                for watch in acting:
                    watch.know_action(row)
        if feeding := [one for one in watches if one.rule.on is WatchFor.FEED_STATE]:
            states = await self._reader.rows(RULE_FEEDS_BEFORE, {"after_ms": clock_ms})
            for watch in feeding:
                watch.know_feeds(states, clock_ms)
        if any(watch.of_orders for watch in watches):
            for row in await self._reader.rows(RULE_STANDING, {"after_ms": at_ms}):
                if row["state"] != "closed":
                    for watch in watches:
                        watch.know(row)

    async def play(self, watches: Sequence[RuleWatch], after_ms: int, to_ms: int) -> list[Firing]:
        """Return what fires on what happened after `after_ms` up to `to_ms`, ms of the market.

        Raises StoreError; TooMuchError where there is more than a read takes.
        """
        found: list[Firing] = []
        span = {"after_ms": after_ms, "to_ms": to_ms, "limit": self._limit}
        of_orders = [watch for watch in watches if watch.of_orders]
        near = [watch for watch in watches if watch.rule.on is WatchFor.WALL_APPROACHED]
        orders = self._fresh(await self._rows(RULE_ORDERS, span)) if of_orders else []
        mids = await self._mids(span, near) if near else []
        # A second's mid is that of its end: orders of the same moment come first.
        for row in sorted([*orders, *mids], key=lambda row: (row["event_time"], "mid" in row)):
            if "mid" in row:
                for watch in near:
                    found += watch.mid(row)
            else:
                found += _fired(watch.order(row) for watch in of_orders)
        if any(watch.rule.on is WatchFor.ACTION_CHANGES for watch in watches):
            for row in self._fresh(await self._rows(RULE_ACTIONS, span)):
                found += _fired(watch.action(row) for watch in watches)
        if any(watch.rule.on is WatchFor.CROSS_MARKET for watch in watches):
            for row in self._fresh(await self._rows(RULE_CROSS, span)):
                found += _fired(watch.cross(row) for watch in watches)
        return found

    async def play_feeds(
        self, watches: Sequence[RuleWatch], after_ms: int, to_ms: int
    ) -> list[Firing]:
        """Return what fires on states of streams, by the local clock, ms. Spans may overlap.

        Raises as `play`.
        """
        if not any(watch.rule.on is WatchFor.FEED_STATE for watch in watches):
            return []
        span = {"after_ms": after_ms, "to_ms": to_ms, "limit": self._limit}
        found: list[Firing] = []
        for row in self._fresh([_feed(row) for row in await self._rows(RULE_FEEDS, span)]):
            found += _fired(watch.feed(row) for watch in watches)
        return found

    async def _mids(self, span: dict[str, Any], watches: Sequence[RuleWatch]) -> list[Row]:
        rows = await self._rows(RULE_MIDS, {**span, "symbols": _symbols(watches)})
        return self._fresh(
            [
                {**row, "event_id": f"{row['venue']}:{row['symbol']}@{row['event_time']}"}
                for row in rows
            ]
        )

    def _fresh(self, rows: list[Row]) -> list[Row]:
        """Return the rows that were not played before."""
        fresh = [row for row in rows if row["event_id"] not in self._played]
        self._played.update(dict.fromkeys(row["event_id"] for row in fresh))
        while len(self._played) > REMEMBERED:
            self._played.popitem(last=False)
        return fresh

    async def _rows(self, query: Query, parameters: dict[str, Any]) -> list[Row]:
        rows = await self._reader.rows(query, parameters)
        if len(rows) >= self._limit:
            raise TooMuchError(
                f"more than {self._limit:,} rows ({query.title.lower()}): name symbols in the "
                "rule, or take a shorter window"
            )
        return rows


def _feed(row: Row) -> Row:
    """Return the state of a stream with an id, which its rows do not have."""
    stream = f"{row['venue']}:{row['symbol']}:{row['stream']}"
    return {**row, "event_id": f"{stream}@{row['event_time']}:{row['state']}"}


def _fired(firings: Iterable[Firing | None]) -> list[Firing]:
    return [firing for firing in firings if firing is not None]


def _symbols(watches: Sequence[RuleWatch]) -> list[str]:
    """Return the symbols that any of the rules watches, empty for all."""
    named = [watch.rule.symbols for watch in watches]
    return sorted({name for symbols in named for name in symbols}) if all(named) else []

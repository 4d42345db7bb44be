"""Decides when a rule fires. Pure: rows of the store in, firings out, in the market's time.

The service and the preview drive the same code, so that a preview tells what would have been told.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from dashboards.rules.in_words import Row, of_order, wall
from schemas.settings import OF_ORDERS, RuleSettings, WatchFor
from schemas.signals.large_order import PULLED, OrderState
from schemas.units import BPS

REMEMBERED: Final = 20_000
"""Most orders and chains that a rule remembers having told."""
MS_PER_S: Final = 1_000

Key = tuple[str, str]
"""Venue and symbol."""


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule that fired."""

    rule: str
    event_id: str
    """Of the signal that it fired on; of an order that was approached, the order's and the time."""
    time_ms: int
    """Event time."""
    venue: str
    symbol: str
    text: str
    order_id: str = ""
    held_back: int = 0
    """Firings since the one before that fell into the cool-down."""


class RuleWatch:
    """One rule and what it remembers. Rows have to come in the order of their event time."""

    def __init__(self, rule: RuleSettings) -> None:
        self.rule = rule
        self._symbols = frozenset(rule.symbols)
        self._told: OrderedDict[str, int] = OrderedDict()
        """Orders that it fired on; chains with the length that was told."""
        self._standing: dict[Key, dict[str, Row]] = {}
        """Newest row of the orders that stand, of wall_approached."""
        self._since_ms: dict[str, int] = {}
        """When each of them was first heard of: an earlier mid did not come near to it."""
        self._far: set[str] = set()
        """Those that mid has been farther away from."""
        self._latest: dict[str, str] = {}
        """Newest action of a symbol, newest state of a stream."""
        self._feeds_since_ms = 0
        """What streams told up to here, by the local clock, was before the rule."""
        self._fired_ms: dict[Key, int] = {}
        self._held: dict[Key, int] = {}
        self.held_back = 0

    @property
    def of_orders(self) -> bool:
        """Whether it watches orders."""
        return self.rule.on in OF_ORDERS

    def know(self, row: Row) -> None:
        """Take an order as one that stood before the rule began: it does not appear."""
        if self.rule.on is WatchFor.WALL_APPROACHED:
            self._keep(row)
        elif self.rule.on is WatchFor.WALL_APPEARS:
            self._remember(row["order_id"], 1)

    def know_action(self, row: Row) -> None:
        """Take the action of a symbol as the one before the rule began."""
        self._change(_market(row), row["final_action"])

    def know_feeds(self, rows: Iterable[Row], at_ms: int) -> None:
        """Take the states of streams as those before the rule began, at `at_ms` of the clock."""
        self._feeds_since_ms = at_ms
        for row in rows:
            self._change(_stream(row), row["state"])

    def order(self, row: Row) -> Firing | None:
        """Return what an event of an order makes of the rule."""
        if not self._is_watched(row) or not self.of_orders:
            return None
        if self.rule.on is WatchFor.WALL_APPROACHED:
            self._keep(row)
            return None
        about, length = self._about(row)
        if self._told.get(about, 0) >= length or not self._has_happened(row):
            return None
        if not self._meets(row):
            return None
        self._remember(about, length)
        return self._fire(row, row["event_id"], of_order(self.rule.on, row), row["order_id"])

    def mid(self, row: Row) -> list[Firing]:
        """Return the firings of a mid: orders that it has come near to."""
        standing = self._standing.get((row["venue"], row["symbol"]))
        if not standing or row["mid"] is None or self.rule.within_bps is None:
            return []
        found = []
        for order_id, order in standing.items():
            if row["event_time"] < self._since_ms[order_id]:
                continue
            distance_bps = abs(order["price"] - row["mid"]) / row["mid"] * BPS
            if distance_bps > self.rule.within_bps:
                self._far.add(order_id)
                continue
            if order_id not in self._far or order_id in self._told:
                continue
            self._remember(order_id, 1)
            text = f"{wall(order)} approached: mid is {distance_bps:.1f} bps away"
            event_id = f"{order_id}@{row['event_time']}"
            if (firing := self._fire(row, event_id, text, order_id)) is not None:
                found.append(firing)
        return found

    def action(self, row: Row) -> Firing | None:
        """Return what an action makes of the rule."""
        if self.rule.on is not WatchFor.ACTION_CHANGES or not self._is_watched(row):
            return None
        before = self._change(_market(row), row["final_action"])
        if before is None or (self.rule.actions and row["final_action"] not in self.rule.actions):
            return None
        return self._fire(row, row["event_id"], f"{before} became {row['final_action']}")

    def feed(self, row: Row) -> Firing | None:
        """Return what the state of a stream makes of the rule."""
        if self.rule.on is not WatchFor.FEED_STATE or not self._is_watched(row):
            return None
        stream = _stream(row)
        if self._change(stream, row["state"]) is None or row["state"] not in self.rule.states:
            return None
        if row["event_time"] <= self._feeds_since_ms:
            return None
        text = f"{row['stream']} is {row['state']}"
        return self._fire(row, f"{stream}@{row['event_time']}", text)

    def cross(self, row: Row) -> Firing | None:
        """Return what a finding on several markets makes of the rule: the first step that meets."""
        rule = self.rule
        if rule.on is not WatchFor.CROSS_MARKET or row["kind"] not in rule.cross_kinds:
            return None
        names = {row["symbol"], *(market.partition(":")[2] for market in row["markets"])}
        is_wanted = (
            (not self._symbols or not names.isdisjoint(self._symbols))
            and (rule.side is None or row["side"] == rule.side)
            and row["value_usd"] >= rule.min_usd
            and (rule.within_bps is None or abs(row["distance_bps"]) <= rule.within_bps)
        )
        if not is_wanted or row["finding_id"] in self._told:
            return None
        self._remember(row["finding_id"], 1)
        words = row["kind"].replace("_", " ")
        text = (
            f"{words}: {row['side']} of {row['value_usd']:,.0f} USD at {row['price']:.12g} on "
            f"{', '.join(row['markets'])}"
        )
        return self._fire(row, row["event_id"], text)

    def _is_watched(self, row: Row) -> bool:
        return not self._symbols or row["symbol"] in self._symbols

    def _change(self, key: str, value: str) -> str | None:
        """Return the value before, None where there was none or it is the same."""
        before = self._latest.get(key)
        self._latest[key] = value
        return None if before == value else before

    def _keep(self, row: Row) -> None:
        standing = self._standing.setdefault((row["venue"], row["symbol"]), {})
        order_id = row["order_id"]
        if row["state"] == OrderState.CLOSED or not self._is_watched(row):
            standing.pop(order_id, None)
            self._since_ms.pop(order_id, None)
            self._far.discard(order_id)
        elif self._meets(row, at_any_distance=True):
            standing[order_id] = row
            self._since_ms.setdefault(order_id, row["event_time"])
        else:
            standing.pop(order_id, None)

    def _about(self, row: Row) -> tuple[str, int]:
        if self.rule.on is WatchFor.CHAIN_GROWS:
            return row["chain_id"], row["chain_length"]
        return row["order_id"], 1

    def _has_happened(self, row: Row) -> bool:
        rule, is_over = self.rule, row["state"] == OrderState.CLOSED
        if rule.on is WatchFor.WALL_APPEARS:
            return not is_over
        if rule.on is WatchFor.WALL_PULLED:
            return is_over and row["close_reason"] in PULLED
        if rule.on is WatchFor.WALL_EATEN:
            return bool(row["fill_ratio"] >= rule.min_fill_ratio)
        return bool(row["chain_length"] >= rule.min_chain)

    def _meets(self, row: Row, *, at_any_distance: bool = False) -> bool:
        """Return whether an order is of the side and size that the rule asks for."""
        rule = self.rule
        is_over = row["state"] == OrderState.CLOSED
        value_usd = (
            row["max_value_usd"]
            if is_over or rule.on is WatchFor.WALL_EATEN
            else (row["value_usd"])
        )
        near = rule.within_bps is None or at_any_distance or row["distance_bps"] <= rule.within_bps
        return (
            (rule.side is None or row["side"] == rule.side)
            and value_usd >= rule.min_usd
            and row["path_ratio"] >= rule.min_path_ratio
            and row["spoof_probability"] >= rule.min_spoof_probability
            and (row["p_filled_60s"] or 0.0) >= rule.min_p_filled
            and (row["p_pulled_60s"] or 0.0) >= rule.min_p_pulled
            and near
        )

    def _remember(self, about: str, length: int) -> None:
        self._told.pop(about, None)
        self._told[about] = length
        if len(self._told) > REMEMBERED:
            self._told.popitem(last=False)

    def _fire(self, row: Row, event_id: str, text: str, order_id: str = "") -> Firing | None:
        key = (row["venue"], row["symbol"])
        time_ms = row["event_time"]
        last_ms = self._fired_ms.get(key)
        if last_ms is not None and time_ms - last_ms < self.rule.cooldown_s * MS_PER_S:
            self._held[key] = self._held.get(key, 0) + 1
            self.held_back += 1
            return None
        self._fired_ms[key] = time_ms
        held = self._held.pop(key, 0)
        return Firing(self.rule.name, event_id, time_ms, *key, text, order_id, held)


def _market(row: Row) -> str:
    return f"{row['venue']}:{row['symbol']}"


def _stream(row: Row) -> str:
    return f"{_market(row)}:{row['stream']}"

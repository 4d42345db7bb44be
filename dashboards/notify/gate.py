"""Decides which alerts are told: each once, not below a level, not too often. Pure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from schemas.settings import NotifySettings
from schemas.signals import ALERT_LEVELS

REMEMBERED: Final = 10_000
"""Most alerts whose ids are remembered: many more than there are within the look-back."""
MOST_TOPICS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Notification:
    """One alert to be told, with how many of its kind were held back before it."""

    alert: Mapping[str, Any]
    """A row of the view alerts."""
    held_back: int


@dataclass(slots=True)
class _Topic:
    """What was told of one rule at one symbol."""

    told_s: float
    rank: int
    held_back: int = 0


class Gate:
    """Remembers what was told. Times are seconds of any steady clock."""

    def __init__(self, settings: NotifySettings) -> None:
        self._cooldown_s = settings.cooldown_s
        self._rules = frozenset(settings.rules)
        self._lowest = ALERT_LEVELS.index(settings.min_level)
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._topics: OrderedDict[tuple[str, str, str], _Topic] = OrderedDict()
        self.held_back = 0

    def consider(self, alert: Mapping[str, Any], now_s: float) -> Notification | None:
        """Return what to tell of an alert, or None.

        Alerts of one rule and symbol within the cool-down of the one that was told are held back
        and counted; a higher level is told at once.
        """
        if alert["event_id"] in self._seen:
            return None
        self._seen[alert["event_id"]] = None
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        rank = ALERT_LEVELS.index(alert["level"])
        if alert["rule"] not in self._rules or rank < self._lowest:
            return None
        key = (alert["venue"], alert["symbol"], alert["rule"])
        topic = self._topics.pop(key, None)
        if topic is not None and rank <= topic.rank and now_s - topic.told_s < self._cooldown_s:
            topic.held_back += 1
            self.held_back += 1
            self._topics[key] = topic
            return None
        self._topics[key] = _Topic(now_s, rank)
        if len(self._topics) > MOST_TOPICS:
            self._topics.popitem(last=False)
        return Notification(alert, topic.held_back if topic else 0)

"""The topic table: every topic once, with what its creators, readers and writers must agree on."""

from dataclasses import dataclass
from typing import Any, Final

from pydantic import TypeAdapter

from schemas.control import DeadLetter, SettingsChange, WatchCommand
from schemas.market import FeedStatus, MarketRecord, OpenInterest, Trades, depth_adapter
from schemas.signals import (
    ActionSignal,
    Alert,
    BookMetrics,
    CrossAction,
    CrossClock,
    CrossFinding,
    CrossLead,
    CrossSecond,
    CrossSignal,
    FateOutcome,
    FlowBar,
    LargeOrderEvent,
    Outcome,
    Signal,
    SmartMoney,
    SuggestionOutcome,
)
from schemas.signals.pulse import MarketPulse
from schemas.units import DAY_MS


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic: its name, how long it keeps what, and how a value is read."""

    name: str
    adapter: TypeAdapter[Any]
    """Validates the JSON bytes of a value; raises pydantic.ValidationError."""
    retention_ms: int
    partitioned: bool = True
    """True: the common partition count, key `venue:symbol`. False: one partition."""
    compacted: bool = False

    def partition_count(self, common: int) -> int:
        """Return the number of partitions where `common` is the configured count."""
        return common if self.partitioned else 1


def _topic(name: str, model: Any, retention_ms: int, **flags: bool) -> Topic:
    return Topic(name, TypeAdapter(model), retention_ms, **flags)


DEPTH: Final = Topic("market.depth", depth_adapter, DAY_MS)
TRADES: Final = _topic("market.trades", Trades, 7 * DAY_MS)
OPEN_INTEREST: Final = _topic("market.oi", OpenInterest, 7 * DAY_MS)
STATUS: Final = _topic("market.status", FeedStatus, 7 * DAY_MS)
PULSES: Final = _topic("market.pulses", MarketPulse, DAY_MS)
"""What the cross engine reads; its key is that of the coin, `all:BTC`."""

LARGE_ORDERS: Final = _topic("signals.large_orders", LargeOrderEvent, 7 * DAY_MS)
FLOW: Final = _topic("signals.flow", FlowBar, 7 * DAY_MS)
BOOK: Final = _topic("signals.book", BookMetrics, 7 * DAY_MS)
ACTIONS: Final = _topic("signals.actions", ActionSignal | SmartMoney, 7 * DAY_MS)
ALERTS: Final = _topic("signals.alerts", Alert, 7 * DAY_MS)
CROSS: Final = _topic("signals.cross", CrossSignal, 7 * DAY_MS)
OUTCOMES: Final = _topic("signals.outcomes", Outcome | SuggestionOutcome | FateOutcome, 7 * DAY_MS)

WATCHLIST: Final = _topic("control.watchlist", WatchCommand, -1, partitioned=False, compacted=True)
SETTINGS: Final = _topic("control.settings", SettingsChange, -1, partitioned=False, compacted=True)
DEAD_LETTERS: Final = _topic("dead_letters", DeadLetter, 14 * DAY_MS, partitioned=False)

ENGINE_INPUTS: Final = (DEPTH, TRADES, OPEN_INTEREST)
"""The topics that the engine merges, in the order that breaks ties of equal event time last."""
SIGNALS: Final = (LARGE_ORDERS, FLOW, BOOK, ACTIONS, ALERTS, OUTCOMES, CROSS)
STORED: Final = (*SIGNALS, OPEN_INTEREST, STATUS)
"""The topics whose records become rows."""
ARCHIVED: Final = (DEPTH, TRADES)
"""The topics whose records are kept as they are, where the settings ask for it."""
ALL_TOPICS: Final = (*ENGINE_INPUTS, STATUS, PULSES, *SIGNALS, WATCHLIST, SETTINGS, DEAD_LETTERS)


def topic_of_record(record: MarketRecord) -> Topic:
    """Return the topic that a market record is published on."""
    if isinstance(record, Trades):
        return TRADES
    return OPEN_INTEREST if isinstance(record, OpenInterest) else DEPTH


TOPIC_OF_SIGNAL: Final[dict[type[Signal], Topic]] = {
    LargeOrderEvent: LARGE_ORDERS,
    FlowBar: FLOW,
    BookMetrics: BOOK,
    ActionSignal: ACTIONS,
    SmartMoney: ACTIONS,
    Alert: ALERTS,
    Outcome: OUTCOMES,
    SuggestionOutcome: OUTCOMES,
    CrossFinding: CROSS,
    CrossSecond: CROSS,
    CrossAction: CROSS,
    CrossLead: CROSS,
    CrossClock: CROSS,
    FateOutcome: OUTCOMES,
}

"""The tables of the store: which model each holds. A model's fields are its table's columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from clickhouse_connect.driver.client import Client

from schemas.archive import RawRecord
from schemas.market import FeedStatus, OpenInterest
from schemas.record import Record
from schemas.signals import (
    ActionSignal,
    Alert,
    BookMetrics,
    CrossAction,
    CrossClock,
    CrossFinding,
    CrossLead,
    CrossSecond,
    FateOutcome,
    FlowBar,
    LargeOrderEvent,
    Outcome,
    Signal,
    SmartMoney,
    SuggestionOutcome,
)

SIGNALS: Final[tuple[type[Signal], ...]] = (
    LargeOrderEvent,
    FlowBar,
    BookMetrics,
    ActionSignal,
    SmartMoney,
    Alert,
    Outcome,
    SuggestionOutcome,
    CrossFinding,
    CrossSecond,
    CrossAction,
    CrossLead,
    CrossClock,
    FateOutcome,
)


@dataclass(frozen=True, slots=True)
class Table:
    """One table of rows and the view that people read."""

    view: str
    """Name of the view; each row of the model is there once."""
    model: type[Record]

    @property
    def rows(self) -> str:
        """Name of the table that is written."""
        return f"{self.view}_rows"

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns in the order of the model's fields."""
        return tuple(self.model.model_fields)


TABLES: Final = (
    *(Table(model.table, model) for model in SIGNALS),
    Table("open_interest", OpenInterest),
    Table("feed_status", FeedStatus),
    Table("raw_archive", RawRecord),
)
TABLE_OF_MODEL: Final[dict[type[Record], Table]] = {table.model: table for table in TABLES}
COUNTED_VIEWS: Final = (*(table.view for table in TABLES), "large_orders")


def count_rows(client: Client) -> dict[str, int]:
    """Return how many distinct rows each view holds. Blocking."""
    query = " UNION ALL ".join(f"SELECT '{view}', count() FROM {view}" for view in COUNTED_VIEWS)
    found = {row[0]: int(row[1]) for row in client.query(query).result_rows}
    return {view: found[view] for view in COUNTED_VIEWS}

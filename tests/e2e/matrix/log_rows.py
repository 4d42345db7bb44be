"""Whether the store holds exactly the rows that the engine makes of the log."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from processors.engine import MarketEngine
from schemas.market import MarketRecord
from schemas.record import symbol_key
from schemas.settings import Settings
from schemas.topics import topic_of_record
from tests.e2e.matrix.test_stack import Table

END_MS: Final = 2_000
"""The last rows may still have been on their way when the stack was ended."""


def rows_of_log(log: Iterable[Any], venue: str, symbol: str) -> Table:
    """Return the rows of a market by id, as the engine makes them of the values of the log."""
    settings, offsets = Settings(), Counter[str]()
    engine = MarketEngine(venue, symbol, settings.engine_for(symbol))
    rows: Table = {}
    market = symbol_key(venue, symbol)
    for record in log:
        if not isinstance(record, MarketRecord) or record.key != market:
            continue
        topic = topic_of_record(record).name
        for made in engine.apply(record, offsets[topic]):
            document = json.loads(made.model_dump_json())
            del document["received_us"]
            rows[made.event_id] = {**document, "table": made.table}
        offsets[topic] += 1
    return rows


def assert_the_rows_of_the_log(
    log: Iterable[Any], stored: dict[str, Table], venue: str, symbol: str
) -> Table:
    """Compare all rows but the last seconds; return those that are stored."""
    expected = rows_of_log(log, venue, symbol)
    found = {
        key: {**row, "table": table}
        for table, rows in stored.items()
        for key, row in rows.items()
        if (row["venue"], row["symbol"]) == (venue, symbol)
    }
    end = min(max(one["event_time"] for one in rows.values()) for rows in (expected, found))
    assert _before(expected, end - END_MS) == _before(found, end - END_MS)
    return found


def _before(rows: Table, end_ms: int) -> Table:
    return {key: row for key, row in rows.items() if row["event_time"] < end_ms}

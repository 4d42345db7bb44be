"""The raw archive of the store as a tape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from pydantic import ValidationError

from compose.errors import UserError
from compose.tapes.layout import TapeRecord
from compose.tapes.merging import Span, merged_by_receipt
from compose.tapes.tape import Say, Tape, taped_anew
from schemas.clickhouse.connect import connect
from schemas.clickhouse.errors import UNKNOWN_TABLE_CODE, StoreError, error_code, store_error
from schemas.clickhouse.tables import TABLE_OF_MODEL
from schemas.control import DeadLetter
from schemas.kafka.value_reader import value_reader
from schemas.market import OpenInterest
from schemas.settings import ClickHouseSettings
from schemas.topics import ARCHIVED

PAGE_ROWS: Final = 20_000
BACK_US: Final = 60_000_000
"""A record that was received so much before the one in front of it belongs to another log."""
_READER_OF: Final = {topic.name: value_reader(topic) for topic in ARCHIVED}
_RECEIVED: Final = "received_us >= {since_us:Int64} AND received_us < {until_us:Int64}"
_OF_SYMBOL: Final = "venue = {venue:String} AND symbol = {symbol:String}"
_LOGS: Final = f"""
SELECT DISTINCT venue, symbol, topic FROM raw_archive_rows WHERE {_RECEIVED}
ORDER BY venue, symbol, topic
"""
_PAGE: Final = f"""
SELECT partition, offset, received_us, value FROM raw_archive
WHERE {_OF_SYMBOL} AND topic = {{topic:String}} AND {_RECEIVED}
  AND (partition, offset) > ({{partition:Int32}}, {{offset:Int64}})
ORDER BY partition, offset LIMIT {PAGE_ROWS}
"""
_POLLS: Final = f"""
SELECT {", ".join(TABLE_OF_MODEL[OpenInterest].columns)} FROM open_interest
WHERE {_OF_SYMBOL} AND {_RECEIVED} AND event_time > {{after_ms:Int64}}
ORDER BY event_time LIMIT {PAGE_ROWS}
"""


def tape_of_archive(
    settings: ClickHouseSettings, symbols: Sequence[str] | None, span: Span, folder: Path, say: Say
) -> Tape:
    """Return what `raw_archive` and `open_interest` hold as a tape. Raises UserError."""
    try:
        client = connect(settings, reads_only=True)
    except StoreError as error:
        raise UserError(str(error)) from None
    try:
        archive = _Archive(client, span)
        logs = archive.logs(symbols)
        if not logs:
            raise UserError(
                f"raw_archive of {settings.database} at {settings.url} holds nothing of that; it "
                "is filled where clickhouse.archive_raw is true"
            )
        return taped_anew("raw_archive", folder, merged_by_receipt(logs), say)
    except (ClickHouseError, OSError) as error:
        if error_code(error) == UNKNOWN_TABLE_CODE:
            raise UserError(
                f"database {settings.database} at {settings.url} has no tables yet: start a "
                "worker, which creates them"
            ) from None
        raise UserError(str(store_error(error, settings.url, settings.user))) from None
    finally:
        client.close()


class _Archive:
    """Reads the archive page by page."""

    def __init__(self, client: Client, span: Span) -> None:
        self._client = client
        self._span = {"since_us": span.since_us, "until_us": span.until_us}

    def logs(self, symbols: Sequence[str] | None) -> list[Iterator[TapeRecord]]:
        """Return the records of each symbol and topic, and the polls of each symbol."""
        found = [
            log for log in self._rows(_LOGS, {}) if symbols is None or log["symbol"] in symbols
        ]
        owners = sorted({(log["venue"], log["symbol"]) for log in found})
        polls = [self._polls({"venue": venue, "symbol": symbol}) for venue, symbol in owners]
        return [*(self._records(log) for log in found), *polls]

    def _records(self, log: dict[str, Any]) -> Iterator[TapeRecord]:
        place = {"partition": -1, "offset": -1}
        newest_us = 0
        while rows := self._rows(_PAGE, {**log, **place}):
            for row in rows:
                received_us = row["received_us"]
                if newest_us - received_us > BACK_US:
                    raise UserError(
                        f"raw_archive: {log['topic']} of {log['symbol']}: offset {row['offset']} "
                        f"was received {(newest_us - received_us) / 1e6:.0f} s before the record "
                        "in front of it, so the log was made anew meanwhile; bound one of the two "
                        "with --since and --until"
                    )
                newest_us = max(newest_us, received_us)
                yield _record(log["topic"], row)
            place = {name: rows[-1][name] for name in place}

    def _polls(self, owner: dict[str, str]) -> Iterator[TapeRecord]:
        after_ms = 0
        while rows := self._rows(_POLLS, {**owner, "after_ms": after_ms}):
            yield from map(OpenInterest.model_validate, rows)
            after_ms = rows[-1]["event_time"]

    def _rows(self, sql: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        found = self._client.query(sql, parameters={**self._span, **parameters})
        return [dict(row) for row in found.named_results()]


def _record(topic: str, row: dict[str, Any]) -> TapeRecord:
    try:
        record: TapeRecord = _READER_OF[topic](row["value"].encode())
    except ValidationError as error:
        return DeadLetter(
            source=topic,
            partition=row["partition"],
            offset=row["offset"],
            received_us=row["received_us"],
            reason=f"{error.errors()[0]['msg']}",
            payload=row["value"],
        )
    return record

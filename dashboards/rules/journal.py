"""What is kept of rules: those made over the API, what fired, and how people judged it.

One SQLite file, or memory. Calls block for the time of a small write.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Final

from pydantic import ValidationError

from dashboards.rules.watch import Firing
from schemas.settings import RuleSettings

MOST_FIRINGS: Final = 100_000
"""Of what fired, the newest so many are kept."""
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS rules (name TEXT PRIMARY KEY, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS firings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    rule TEXT NOT NULL, event_id TEXT NOT NULL, time_ms INTEGER NOT NULL,
    venue TEXT NOT NULL, symbol TEXT NOT NULL, text TEXT NOT NULL, order_id TEXT NOT NULL,
    held_back INTEGER NOT NULL, sound INTEGER NOT NULL, mark TEXT,
    UNIQUE (rule, event_id)
);
"""


class JournalError(Exception):
    """The file cannot be used; one line with the cure."""


class Mark(StrEnum):
    """What a person says of an alert."""

    RIGHT = "right"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Kept:
    """A firing as it is kept."""

    id: int
    rule: str
    event_id: str
    time_ms: int
    venue: str
    symbol: str
    text: str
    order_id: str
    held_back: int
    sound: bool
    mark: Mark | None


@dataclass(frozen=True, slots=True)
class Judged:
    """How people judged the firings of one rule."""

    fired: int = 0
    right: int = 0
    wrong: int = 0

    @property
    def precision(self) -> float | None:
        """Share of the judged that were right; None where none was judged."""
        judged = self.right + self.wrong
        return self.right / judged if judged else None


class Journal:
    """The kept rules and firings; any thread may call."""

    def __init__(self, file: str) -> None:
        """Open `file`, empty: memory. Raises JournalError."""
        self._lock = threading.Lock()
        try:
            self._db = sqlite3.connect(
                file or ":memory:", isolation_level=None, check_same_thread=False
            )
            self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + _TABLES)
        except sqlite3.Error as error:
            raise JournalError(
                f"alerts.file {file}: {error}; give a file in a folder that can be written, or none"
            ) from None

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def rules(self) -> list[RuleSettings]:
        """Return the rules that were made over the API, by name; what no longer reads is left."""
        found = []
        for (document,) in self._all("SELECT document FROM rules ORDER BY name"):
            try:
                found.append(RuleSettings.model_validate_json(document))
            except ValidationError:
                continue
        return found

    def put(self, rule: RuleSettings) -> None:
        """Keep a rule, in the place of one of the same name."""
        self._run(
            "INSERT INTO rules VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET document = ?",
            (rule.name, *[json.dumps(rule.model_dump(mode="json"))] * 2),
        )

    def drop(self, name: str) -> bool:
        """Forget a rule; return whether there was one."""
        return self._run("DELETE FROM rules WHERE name = ?", (name,)) > 0

    def record(self, firing: Firing, *, sound: bool) -> bool:
        """Keep a firing; return whether it is new."""
        is_new = self._run(
            "INSERT OR IGNORE INTO firings (rule, event_id, time_ms, venue, symbol, text, order_id,"
            " held_back, sound) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                firing.rule,
                firing.event_id,
                firing.time_ms,
                firing.venue,
                firing.symbol,
                firing.text,
                firing.order_id,
                firing.held_back,
                int(sound),
            ),
        )
        if is_new:
            self._run(
                "DELETE FROM firings WHERE id <= (SELECT max(id) FROM firings) - ?",
                (MOST_FIRINGS,),
            )
        return is_new > 0

    def firings(self, after_id: int, limit: int) -> list[Kept]:
        """Return the newest firings with a larger id, the newest first."""
        columns = [column.name for column in fields(Kept)]
        rows = self._all(
            "SELECT id, rule, event_id, time_ms, venue, symbol, text, order_id, held_back, sound,"
            " mark FROM firings WHERE id > ? ORDER BY id DESC LIMIT ?",
            (after_id, limit),
        )
        return [_kept(dict(zip(columns, row, strict=True))) for row in rows]

    def mark(self, firing_id: int, mark: Mark | None) -> bool:
        """Keep what a person says of a firing; return whether there is such a firing."""
        return self._run("UPDATE firings SET mark = ? WHERE id = ?", (mark, firing_id)) > 0

    def judged(self) -> dict[str, Judged]:
        """Return by rule how often it fired and how people judged that."""
        rows = self._all(
            "SELECT rule, count(*), sum(mark = 'right'), sum(mark = 'wrong') FROM firings"
            " GROUP BY rule"
        )
        return {row[0]: Judged(row[1], row[2] or 0, row[3] or 0) for row in rows}

    def _all(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return list(self._db.execute(sql, values))

    def _run(self, sql: str, values: Sequence[Any]) -> int:
        with self._lock:
            return self._db.execute(sql, values).rowcount


def _kept(row: dict[str, Any]) -> Kept:
    mark = Mark(row["mark"]) if row["mark"] else None
    return Kept(**{**row, "sound": bool(row["sound"]), "mark": mark})

"""What goes wrong with a query, as ClickHouse says it: code, name, message, HTTP status."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Problem(Enum):
    """Errors that are raised here, with ClickHouse's code."""

    CANNOT_READ_ALL_DATA = 33
    BAD_ARGUMENTS = 36
    CHECKSUM_DOESNT_MATCH = 40
    SYNTAX_ERROR = 62
    FORMAT_IS_NOT_SUITABLE_FOR_OUTPUT = 75
    UNKNOWN_COMPRESSION_METHOD = 89
    UNKNOWN_SETTING = 115
    READONLY = 164
    QUERY_IS_TOO_LARGE = 223
    CANNOT_DECOMPRESS = 271
    TOO_MANY_SIMULTANEOUS_QUERIES = 202
    SESSION_NOT_FOUND = 372
    SETTING_CONSTRAINT_VIOLATION = 452
    ACCESS_DENIED = 497


NOT_FOUND: Final = frozenset({16, 46, 47, 60, 81})
"""Unknown column, function, identifier, table, database."""
FORBIDDEN: Final = frozenset({164, 497})
UNAVAILABLE: Final = frozenset({202, 209, 394})
TOO_LARGE: Final = frozenset({158, 223, 307, 396})
TIMED_OUT: Final = frozenset({159, 160})
FAILED: Final = frozenset({49, 1001, 1002})


class SqlError(Exception):
    """A query that is refused or failed."""

    def __init__(self, code: int, message: str) -> None:
        """`code` is ClickHouse's; `message` has neither code nor version in it."""
        super().__init__(message)
        self.code = code

    @property
    def status(self) -> int:
        """HTTP status of an answer that says it."""
        for codes, status in (
            (NOT_FOUND, 404),
            (FORBIDDEN, 403),
            (TIMED_OUT, 408),
            (TOO_LARGE, 413),
            (UNAVAILABLE, 503),
            (FAILED, 500),
        ):
            if self.code in codes:
                return status
        return 400

    def line(self, version: str) -> str:
        """Return the text that a ClickHouse server of this version would send."""
        return f"Code: {self.code}. DB::Exception: {self} (version {version})\n"


def refusal(problem: Problem, words: str) -> SqlError:
    """Return the error that says `words` under the name and code of `problem`."""
    return SqlError(problem.value, f"{words}. ({problem.name})")

"""What can go wrong between wallwatch and its store, in words for a person."""

from clickhouse_connect.driver.exceptions import ClickHouseError

AUTHENTICATION_CODES = frozenset({192, 193, 194, 492, 516})
"""ClickHouse error codes: unknown user, wrong or required password, authentication failed."""
ACCESS_DENIED_CODES = frozenset({291, 497})
UNKNOWN_DATABASE_CODE = 81
UNKNOWN_TABLE_CODE = 60
NO_SPACE_CODES = frozenset({243})
NO_SPACE = "No space left on device"
"""What the system says, in the text of whatever failed for it."""


class StoreError(Exception):
    """The store cannot be used; one line that names the thing and the cure."""


def error_code(error: Exception) -> int | None:
    """Return the ClickHouse error code that `error` carries, if any."""
    code = getattr(error, "code", None)
    return code if isinstance(code, int) else None


def in_one_line(error: BaseException) -> str:
    """Return the message of `error` without line breaks and without the server's trailer."""
    text = " ".join(str(error).split())
    head, _, _ = text.partition(" (version ")
    return head if len(head) <= 400 else head[:397] + "..."


def store_error(error: Exception, url: str, user: str) -> StoreError:
    """Return the StoreError that explains what `error` means for the store at `url`."""
    code = error_code(error)
    if code in AUTHENTICATION_CODES:
        return StoreError(
            f"ClickHouse at {url} refused user {user!r}: check clickhouse.user and "
            "clickhouse.password"
        )
    if code in ACCESS_DENIED_CODES:
        return StoreError(
            f"ClickHouse at {url}: user {user!r} lacks a right: {in_one_line(error)}; grant it"
        )
    if code == UNKNOWN_DATABASE_CODE:
        return StoreError(
            f"ClickHouse at {url} has no such database yet: check clickhouse.database or start "
            "a worker, which creates it"
        )
    if code in NO_SPACE_CODES or NO_SPACE in str(error):
        return StoreError(
            f"ClickHouse at {url} has no room on its disk: free some, or keep rows for a shorter "
            "time (clickhouse.keep_days)"
        )
    if isinstance(error, ClickHouseError) and code is not None:
        return StoreError(f"ClickHouse at {url} failed: {in_one_line(error)}")
    return StoreError(
        f"ClickHouse at {url} cannot be reached: {_cause(error)}; start it or correct "
        "clickhouse.url"
    )


def _cause(error: BaseException) -> str:
    """Return the innermost reason, which is the one a person can act on."""
    while error.__cause__ is not None or error.__context__ is not None:
        error = error.__cause__ or error.__context__ or error
    return in_one_line(error) or type(error).__name__

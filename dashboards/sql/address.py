"""Where clients of ClickHouse ask the store of these settings."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode, urlsplit

from schemas.clickhouse.connect import CHDB_PREFIX
from schemas.settings import Settings

NOBODY: Final = "default"
"""The user whom a server takes for granted."""


def sql_address(settings: Settings) -> str | None:
    """Return a URL of ClickHouse's HTTP interface with the database in it, never a password.

    None where it is not known: the worker takes a free port, or answers no SQL.
    """
    store = settings.clickhouse
    values = {"database": store.database}
    if not store.url.startswith(CHDB_PREFIX):
        url = urlsplit(store.url)
        if store.user != NOBODY:
            values["user"] = store.user
        host = url.netloc.rpartition("@")[2]
        return f"{url.scheme}://{host}{url.path or '/'}?{urlencode(values)}"
    if settings.sql.enabled and settings.sql.port:
        return f"http://127.0.0.1:{settings.sql.port}/?{urlencode(values)}"
    return None

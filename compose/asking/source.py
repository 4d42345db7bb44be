"""Asks a store over ClickHouse's HTTP interface, for commands."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Final
from urllib.parse import urlencode

from compose.asking.sql_port import SQL_PORT
from compose.errors import UserError
from schemas.clickhouse.connect import CHDB_PREFIX
from schemas.http.proxy import is_loopback
from schemas.settings import Settings

TIMEOUT_S: Final = 120


def sql_address(settings: Settings) -> str:
    """Return where the store of these settings answers SQL over HTTP."""
    if not settings.clickhouse.url.startswith(CHDB_PREFIX) and (
        "url" in settings.clickhouse.model_fields_set
    ):
        return settings.clickhouse.url
    return f"http://127.0.0.1:{settings.sql.port or SQL_PORT}"


def ask(url: str, query: str, values: dict[str, str], settings: Settings) -> bytes:
    """Return what the store at `url` answers. Raises UserError with its words."""
    if not url.startswith(("http://", "https://")):
        raise UserError(f"--url {url}: expected http(s)://HOST:PORT")
    request = urllib.request.Request(
        f"{url.rstrip('/')}/?{urlencode(values)}",
        data=query.encode(),
        headers={
            "X-ClickHouse-User": settings.clickhouse.user,
            "X-ClickHouse-Key": settings.clickhouse.password.get_secret_value(),
        },
    )
    host = request.host.rpartition(":")[0] or request.host
    # Loopback never goes through a proxy of the environment.
    handlers = [urllib.request.ProxyHandler({})] if is_loopback(host) else []
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=TIMEOUT_S) as reply:
            content: bytes = reply.read()
            return content
    except urllib.error.HTTPError as error:
        words = " ".join(error.read().decode(errors="replace").split())
        raise UserError(words.rpartition(" (version ")[0] or words or str(error)) from None
    except OSError as error:
        reason = getattr(error, "reason", error)
        raise UserError(
            f"no answer at {url} ({reason}): start `wallwatch up`, or give its SQL address by --url"
        ) from None

"""Clients for the store, from settings: the engine in process or a server."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from clickhouse_connect.driver.httputil import default_pool_manager

from schemas.clickhouse.errors import StoreError, in_one_line, store_error
from schemas.http.proxy import is_loopback
from schemas.settings import ClickHouseSettings

CHDB_PREFIX: Final = "chdb:"
CONNECT_TIMEOUT_S: Final = 5
REPLY_TIMEOUT_S: Final = 30

READER_SETTINGS: Final[dict[str, Any]] = {
    # Two threads keep up with any panel on two cores and bound the memory of a query.
    "max_threads": 2,
}
SESSION_SETTINGS: Final[dict[str, Any]] = {
    **READER_SETTINGS,
    # An insert that returned is stored: the sink's positions depend on it.
    "async_insert": 0,
    "max_insert_threads": 1,
}

ENGINE_CONFIG: Final = Path(__file__).with_name("engine.xml")


def connect(
    settings: ClickHouseSettings, *, create_database: bool = False, reads_only: bool = False
) -> Client:
    """Return a new client; blocking, so call it in a thread.

    One that `reads_only` asks for no setting that the server has fixed: such a server has bounds of
    its own.

    Clients of one chdb path share its engine within this process and no other process may open
    it. Raises StoreError where the store is unreachable, refuses the user or is in use elsewhere.
    """
    try:
        if settings.url.startswith(CHDB_PREFIX):
            client = _open_engine(Path(settings.url.removeprefix(CHDB_PREFIX)))
        else:
            client = _open_server(settings, {} if reads_only else SESSION_SETTINGS)
            if reads_only:
                _bound(client)
    except (ClickHouseError, OSError) as error:
        raise store_error(error, settings.url, settings.user) from error
    try:
        if create_database:
            client.command(_create_database(settings))
        client.database = settings.database
        client.command("SELECT 1")
    except (ClickHouseError, OSError) as error:
        client.close()
        raise store_error(error, settings.url, settings.user) from error
    return client


def _create_database(settings: ClickHouseSettings) -> str:
    statement = f"CREATE DATABASE IF NOT EXISTS `{settings.database}`"
    if not settings.replicated:
        return statement
    path = f"/clickhouse/databases/{settings.database}"
    return f"{statement} ENGINE = Replicated('{path}', '{{shard}}', '{{replica}}')"


def _bound(client: Client) -> None:
    """Bound what the queries of a reader take, as far as the server lets it."""
    for name, value in READER_SETTINGS.items():
        known = client.server_settings.get(name)
        if known is not None and not known.readonly:
            client.set_client_setting(name, value)


def _open_server(settings: ClickHouseSettings, session: dict[str, Any]) -> Client:
    url = urlsplit(settings.url)
    try:
        port = url.port
    except ValueError as error:
        raise StoreError(f"clickhouse.url {settings.url}: {error}") from None
    if url.hostname is None or url.username is not None or url.query:
        raise StoreError(
            f"clickhouse.url {settings.url}: expected http(s)://host:port; user and password are "
            "clickhouse.user and clickhouse.password"
        )
    secure = url.scheme == "https"
    return clickhouse_connect.get_client(
        interface=url.scheme,
        host=url.hostname,
        port=port or (8443 if secure else 8123),
        proxy_path=url.path.rstrip("/"),
        # Left alone the library asks the environment, and would send loopback through a proxy.
        pool_mgr=default_pool_manager() if is_loopback(url.hostname) else None,
        username=settings.user,
        password=settings.password.get_secret_value(),
        database="__default__",
        connect_timeout=CONNECT_TIMEOUT_S,
        send_receive_timeout=REPLY_TIMEOUT_S,
        # Queries of one client may then run at the same time.
        autogenerate_session_id=False,
        settings=session,
    )


def _open_engine(path: Path) -> Client:
    path = path.expanduser().absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"chdb path {path} cannot be used: {error.strerror}; choose a directory that this "
            "user can write"
        ) from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise StoreError(f"chdb path {path} is not writable; choose another or change its rights")
    _check_not_locked(path)
    try:
        return clickhouse_connect.get_client(
            interface="chdb",
            path=str(path),
            settings=SESSION_SETTINGS,
            chdb_options={"config-file": str(ENGINE_CONFIG)},
        )
    except ClickHouseError as error:
        raise StoreError(
            f"chdb path {path} cannot be opened: {in_one_line(error)}; it may belong to another "
            "process or to a newer version"
        ) from error


def _check_not_locked(path: Path) -> None:
    """Raise StoreError if another process holds the path; the engine itself does not say so.

    The engine keeps a lock on its status file, which names the owner.
    """
    status = path / "status"
    try:
        handle = os.open(status, os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        owner = os.read(handle, 200).decode(errors="replace").partition("\n")[0]
        if owner == f"PID: {os.getpid()}":
            return
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StoreError(
                f"chdb path {path} is in use by another process ({owner or 'unknown'}): stop it "
                "or choose another path"
            ) from None
    finally:
        os.close(handle)

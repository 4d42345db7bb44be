"""A real ClickHouse server (HTTP) for tests, from the npm package of the engine's library.

The library runs clickhouse-local with a listener until its query, which reads a fifo, ends. Run as
a module it is that server:
`python -m tests.support.servers.clickhouse_server LIBRARY DIRECTORY PORT`
prints one line when it accepts queries, and stops when its standard input is closed, so it cannot
outlive the process that started it.
"""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import pytest

from schemas.settings import ClickHouseSettings
from tests.support.paths import REPOSITORY
from tests.support.servers.availability import unavailable
from tests.support.servers.npm import NpmError, installed

PACKAGE: Final = "@chdb/lib-linux-x64-gnu"
VERSION: Final = "26.7.3-stable.1"
CACHE: Final = REPOSITORY / ".cache" / "npm"
START_TIMEOUT_S: Final = 60.0
STOP_TIMEOUT_S: Final = 20.0
POLL_S: Final = 0.05
READY: Final = "ready"

_CONFIG: Final = """
<clickhouse>
  <shutdown_wait_unfinished>1</shutdown_wait_unfinished>
  <keep_alive_timeout>1</keep_alive_timeout>
  <mark_cache_size>16777216</mark_cache_size>
  <background_pool_size>2</background_pool_size>
  <background_schedule_pool_size>2</background_schedule_pool_size>
  <backups><allowed_path>backups</allowed_path></backups>
  {users_config}
</clickhouse>
"""
"""The server does not wait for idle connections when it stops, and is small."""


class ServerUnavailableError(Exception):
    """The server cannot be had on this machine; the message says why."""


USERS: Final = "users.xml"
_USERS: Final = """
<clickhouse>
  <profiles><default/></profiles>
  <quotas><default/></quotas>
  <users>
    <default>
      <password/>
      <profile>default</profile>
      <quota>default</quota>
      <networks><ip>::1</ip><ip>127.0.0.1</ip></networks>
    </default>
  </users>
</clickhouse>
"""
_USERS_CONFIG: Final = """
  <users_config>{path}</users_config>
  <access_control_improvements>
    <settings_constraints_replace_previous>true</settings_constraints_replace_previous>
  </access_control_improvements>
"""


def unique_database() -> str:
    """Return a database name that no other test uses."""
    return f"test_{uuid.uuid4().hex[:12]}"


def installed_library() -> Path:
    """Return the library, installed into the repository's cache on first use.

    Raises ServerUnavailableError where it cannot be had.
    """
    try:
        return installed(PACKAGE, VERSION, CACHE) / "libchdb.so"
    except NpmError as error:
        raise ServerUnavailableError(f"a ClickHouse server: {error}") from None


def free_port() -> int:
    """Return a port on loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_server(
    directory: Path,
    port: int | None = None,
    *,
    users: str | None = None,
    environment: dict[str, str] | None = None,
) -> Iterator[str]:
    """Run a server on loopback that keeps its data in `directory`; yields its URL.

    `users` is laid over a server's own users file, as its folder users.d is; `environment` is what
    it may refer to.

    Raises ServerUnavailableError where there is none to run or it does not start.
    """
    port = port or free_port()
    log = directory / "server.log"
    if users is not None:
        (directory / "users.d").mkdir()
        (directory / "users.d" / "users.xml").write_text(users, encoding="utf-8")
        (directory / USERS).write_text(_USERS, encoding="utf-8")
    with log.open("ab") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(installed_library()), str(directory), str(port)],
            cwd=REPOSITORY,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        if process.stdout.readline().strip() != READY:
            raise ServerUnavailableError(
                f"the ClickHouse server did not start: {log.read_text(errors='replace')[-300:]}"
            )
        yield f"http://127.0.0.1:{port}"
    finally:
        process.stdin.close()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


@pytest.fixture(scope="session")
def clickhouse_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a real ClickHouse server; tests share it and use databases of their own."""
    try:
        with running_server(tmp_path_factory.mktemp("clickhouse")) as url:
            yield url
    except ServerUnavailableError as error:
        unavailable(str(error))


@pytest.fixture(scope="session")
def chdb_url() -> Iterator[str]:
    """`chdb:PATH` of this process: one path, because a process hosts one engine."""
    with tempfile.TemporaryDirectory(prefix="wallwatch-chdb-") as folder:
        yield f"chdb:{folder}"


@pytest.fixture(params=["chdb", pytest.param("server", marks=pytest.mark.clickhouse)])
def store(request: pytest.FixtureRequest) -> ClickHouseSettings:
    """Settings of an empty database, once in process and once on a real server."""
    fixture = {"chdb": "chdb_url", "server": "clickhouse_server"}[request.param]
    url: str = request.getfixturevalue(fixture)
    return ClickHouseSettings(url=url, database=unique_database())


class _Result(ctypes.Structure):
    """What the library's query returns (`local_result_v2`)."""

    _fields_ = (
        ("buffer", ctypes.c_void_p),
        ("length", ctypes.c_size_t),
        ("vector", ctypes.c_void_p),
        ("elapsed_s", ctypes.c_double),
        ("rows_read", ctypes.c_uint64),
        ("bytes_read", ctypes.c_uint64),
        ("error", ctypes.c_char_p),
    )


def _serve(library: str, directory: str, port: int) -> None:
    """Run the engine until standard input is closed."""
    fifo = Path(directory) / f"stop-{os.getpid()}"
    os.mkfifo(fifo)
    config = Path(directory) / "server.xml"
    users = Path(directory) / USERS
    users_config = _USERS_CONFIG.format(path=users) if users.exists() else ""
    config.write_text(_CONFIG.format(users_config=users_config), encoding="utf-8")
    arguments = [
        "clickhouse",
        "--config-file",
        str(config),
        "--path",
        directory,
        "--http_port",
        str(port),
        "--listen_host=127.0.0.1",
        "--query",
        "SYSTEM START LISTEN HTTP; "
        f"SELECT * FROM file('{fifo}', 'LineAsString', 'l String') FORMAT Null",
    ]
    threading.Thread(target=_announce_and_wait, args=(fifo, port), daemon=True).start()
    engine = ctypes.CDLL(library)
    engine.query_stable_v2.restype = ctypes.POINTER(_Result)
    encoded = [argument.encode() for argument in arguments]
    vector = (ctypes.c_char_p * (len(encoded) + 1))(*encoded, None)
    result = engine.query_stable_v2(len(encoded), vector)
    fifo.unlink()
    if result and result.contents.error:
        sys.exit(result.contents.error.decode(errors="replace"))


def _announce_and_wait(fifo: Path, port: int) -> None:
    # Opening waits until the engine reads; the query ends when this end is closed.
    with fifo.open("wb"):
        if _answers(f"http://127.0.0.1:{port}/ping"):
            print(READY, flush=True)  # noqa: T201
            sys.stdin.read()


def _answers(url: str) -> bool:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        with suppress(OSError), urllib.request.urlopen(url, timeout=1) as reply:
            return bool(reply.status == 200)
        time.sleep(POLL_S)
    return False


if __name__ == "__main__":
    _serve(sys.argv[1], sys.argv[2], int(sys.argv[3]))

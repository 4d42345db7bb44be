"""The port at which a stack answers SQL: the well-known one for the first stack of a machine."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from compose.brokers.probe import free_port, port_problem
from compose.errors import UserError
from compose.stack.plan import with_values
from schemas.settings import Settings

SQL_PORT: Final = 18_123
LOOPBACK: Final = "127.0.0.1"


class SqlPort:
    """Which port it is, held until `release`.

    The worker listens seconds after the port was chosen. The kernel's lock keeps two stacks that
    start at the same time from choosing the same one meanwhile.
    """

    def __init__(self, port: int = SQL_PORT) -> None:
        self._port = port
        self._lock = FileLock(Path(tempfile.gettempdir()) / f"wallwatch-sql-{port}.lock")

    def settle(self, settings: Settings) -> Settings:
        """Return the settings with a port. Raises UserError where the wanted one is taken."""
        port = settings.sql.port
        if port == 0:
            port = self._port if self._is_ours() else free_port()
        elif (problem := port_problem(LOOPBACK, port)) is not None:
            raise UserError(
                f"sql.port {port} cannot be used: {problem}; set another one, or 0 for a free one"
            )
        return with_values(settings, {"sql": {"port": port}})

    def release(self) -> None:
        """Let other stacks have the well-known port."""
        self._lock.release()

    def _is_ours(self) -> bool:
        try:
            self._lock.acquire(timeout=0)
        except (Timeout, OSError):
            return False
        return port_problem(LOOPBACK, self._port) is None

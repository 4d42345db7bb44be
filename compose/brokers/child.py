"""A broker that runs as a child of ours: started, awaited until it answers, stopped."""

from collections.abc import Sequence
from pathlib import Path

from compose.brokers.base import BrokerError
from compose.brokers.probe import wait_for_kafka
from compose.stack.process import ChildProcess


class BrokerChild:
    """The process of one broker; may be started again after `stop`."""

    def __init__(
        self, title: str, log_path: Path, *, start_deadline_s: float, stop_grace_s: float
    ) -> None:
        self._title = title
        self._log_path = log_path
        self._start_deadline_s = start_deadline_s
        self._stop_grace_s = stop_grace_s
        self._child: ChildProcess | None = None

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._child.pid if self._child else None

    async def start(self, command: Sequence[str | Path], bootstrap: str) -> None:
        """Run `command` and wait until `bootstrap` answers. Raises BrokerError."""
        try:
            self._child = child = await ChildProcess.spawn("broker", command, self._log_path)
        except OSError as error:
            raise BrokerError(f"{self._title} cannot be run: {error}") from None
        problem = await wait_for_kafka(
            bootstrap, self._start_deadline_s, still_alive=lambda: child.exit_code is None
        )
        if child.exit_code is not None:
            problem = f"it ended with code {child.exit_code}: {' / '.join(child.log_tail(3))}"
        if problem is not None:
            await self.stop()
            raise BrokerError(
                f"{self._title} did not start on {bootstrap}: {problem}; log: {self._log_path}"
            )

    async def stop(self, grace_s: float | None = None) -> None:
        """End it with SIGTERM, on which it saves its data. Safe to call twice."""
        if self._child is not None:
            child, self._child = self._child, None
            await child.stop(self._stop_grace_s if grace_s is None else grace_s)

    async def died(self) -> str:
        """Wait for its end; return how it ended."""
        if self._child is None:
            return "it was not running"
        code = await self._child.wait()
        last = " / ".join(self._child.log_tail(3))
        return f"{self._title} ended with code {code}: {last}; log: {self._log_path}"

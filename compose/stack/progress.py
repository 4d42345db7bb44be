"""How far a replay is, for a person."""

from __future__ import annotations

import sys
import time
from collections.abc import Collection, Mapping
from typing import Any, Final

import click

from schemas.status import PipelineStatus

LOG_INTERVAL_S: Final = 5.0
"""Between two lines where stderr is no terminal."""


class ProgressLine:
    """One line that is written over on a terminal, and now and then elsewhere."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._last_s = -LOG_INTERVAL_S
        self._width = 0

    def show(self, text: str) -> None:
        """Show `text` in place of what was shown before."""
        if self._is_terminal:
            click.echo("\r" + text.ljust(self._width), err=True, nl=False)
            self._width = len(text)
            return
        now = time.monotonic()
        if now - self._last_s >= LOG_INTERVAL_S:
            self._last_s = now
            click.echo(text, err=True)

    def end(self, text: str) -> None:
        """Show `text` and end the line."""
        if self._is_terminal:
            click.echo("\r" + text.ljust(self._width), err=True)
            self._width = 0
        else:
            click.echo(text, err=True)


def replay_text(exchanges: Collection[Mapping[str, Any]], worker: PipelineStatus | None) -> str:
    """Return one line on a replay from the reports of the services that answer; None: the worker
    does not."""
    parts = ["replay"]
    if exchanges:
        sources = [exchange["source"] for exchange in exchanges]
        lines = sum(source["lines"] for source in sources)
        percent = 100 * sum(source["lines_played"] for source in sources) / max(1, lines)
        parts.append(f"{percent:5.1f} % played")
        waiting = sorted({name for source in sources for name in source["waiting_for"]})
        if waiting:
            parts.append(f"waiting for {', '.join(waiting)}")
    if worker is None or worker.lag is None:
        parts.append("worker is starting")
    else:
        parts.append(f"{sum(worker.counters.records.values())} records")
        parts.append(f"{sum(worker.counters.signals.values())} signals")
        parts.append(f"lag {worker.lag}")
    return ", ".join(parts)

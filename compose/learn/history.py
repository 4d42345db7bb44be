"""Which history a model is learned from, and on which it is judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from compose.backtest.command_options import SourceFlags
from compose.errors import UsageError
from compose.learn.captures import VenueCapture, tapes_of
from compose.tapes.tape import Tape
from schemas.settings import Settings

SettledTape = tuple[Tape, Settings]
"""A tape with the settings of its venue."""


@dataclass(frozen=True, slots=True)
class History:
    """Captures, or what a pipeline has kept: the raw archive of its store, or its Kafka log."""

    captures: tuple[VenueCapture, ...]
    reported: tuple[VenueCapture, ...]
    kept: SourceFlags
    """Where the pipeline has kept it; holds no captures."""
    symbols: tuple[str, ...] | None
    report_symbols: tuple[str, ...] | None
    report_since: datetime | None

    def check(self) -> None:
        """Raise UsageError where there is nothing to learn from, or nothing else to judge by."""
        is_kept = self.kept.archive or self.kept.log
        if is_kept == bool(self.captures):
            raise UsageError("give one of CAPTURE..., --archive and --log")
        if is_kept:
            self.kept.check()
        elif self.symbols or self.report_symbols or self.report_since:
            raise UsageError(
                "--symbols, --report-symbols and --report-since belong to --archive and --log"
            )
        if not (self.reported or self.report_symbols or self.report_since):
            ways = ", --report-symbols or --report-since" if is_kept else ""
            raise UsageError(f"the model is judged on what it has not seen: give --report-on{ways}")
        if self.report_symbols and set(self.report_symbols) & set(self.symbols or ()):
            raise UsageError("--symbols and --report-symbols share a symbol")
        if self.report_symbols and self.symbols is None:
            raise UsageError("--report-symbols: say with --symbols which others to learn from")

    def tapes(
        self, settings: Settings, folder: Path, say: Callable[[str], None]
    ) -> tuple[list[SettledTape], list[SettledTape]]:
        """Return the tapes to learn from and those to judge by. Raises UserError."""
        reporting = tapes_of(self.reported, settings, folder, say)
        if self.captures:
            return tapes_of(self.captures, settings, folder, say), reporting
        until = self.report_since or self.kept.until
        training = replace(self.kept, until=until).tapes(settings, self.symbols, folder, say)
        if self.report_symbols or self.report_since:
            since = self.report_since or self.kept.since
            symbols = self.report_symbols or self.symbols
            own = replace(self.kept, since=since).tapes(settings, symbols, folder, say)
            reporting += [(tape, settings) for tape in own]
        return [(tape, settings) for tape in training], reporting

"""One run of the engines over tapes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from compose.errors import UsageError, UserError
from compose.replay import check_applied, run_records
from compose.replay_summary import ReplaySummary
from compose.tapes.tape import Tape
from compose.tapes.tape_file import engine_records, tape_length
from schemas.settings import EngineSettings, Settings, explain, merged
from schemas.signals import Signal
from schemas.units import SECOND_MS

Progress = Callable[[float], None]
"""Called with the share of the records that are done, 0 to 1."""


@dataclass(frozen=True, slots=True)
class TapeRun:
    """What the engines did over one tape."""

    tape: str
    diffs: int
    trades: int
    span_s: float
    """Event time from the first record to the last."""
    seconds: float
    """How long the run took."""
    signals: dict[str, int]
    """By topic."""
    gaps: int
    dead_letters: int


def run_tapes(
    tapes: Sequence[Tape],
    settings: Settings,
    on_signal: Callable[[Signal], None],
    progress: Progress = lambda _: None,
    read: Callable[[Path], Iterable[object]] = engine_records,
    *,
    with_book: bool = True,
) -> list[TapeRun]:
    """Run the engines over each tape, as `wallwatch replay` would over its capture: the signals are
    the same, byte for byte. `read` gives the records of a tape; without `with_book` no
    `BookMetrics` are made, which costs a tenth of a run. Raises UserError."""
    lengths = [tape_length(tape.path) for tape in tapes]
    for tape, length in zip(tapes, lengths, strict=True):
        if not length:
            raise UserError(f"{tape.name} holds no record of that time and these symbols")
    whole = sum(lengths)
    done = 0
    runs = []
    for tape, length in zip(tapes, lengths, strict=True):
        before = done

        def tell(so_far: ReplaySummary, before: int = before) -> None:
            progress((before + sum(so_far.records.values())) / whole)

        summary = run_records(
            read(tape.path), settings, on_signal=on_signal, progress=tell, with_book=with_book
        )
        check_applied(tape.name, summary)
        runs.append(_told(tape, summary))
        done += length
    return runs


def with_overrides(settings: Settings, overrides: dict[str, Any]) -> Settings:
    """Return settings whose engine has `overrides`, also over what is set for single symbols.

    Raises UsageError that names the field.
    """
    try:
        engine = EngineSettings.model_validate(merged(settings.engine.model_dump(), overrides))
        symbols = {name: merged(own, overrides) for name, own in settings.symbols.items()}
        changed = settings.model_copy(update={"engine": engine, "symbols": symbols})
        for symbol in symbols:
            changed.engine_for(symbol)
    except ValidationError as error:
        raise UsageError(explain(error)) from None
    return changed


def _told(tape: Tape, summary: ReplaySummary) -> TapeRun:
    return TapeRun(
        tape.name,
        summary.diffs_applied,
        summary.trades,
        (summary.event_time - summary.first_event_time) / SECOND_MS,
        summary.seconds,
        dict(sorted(summary.signals.items())),
        summary.gaps,
        summary.dead_letters,
    )


def pace(runs: Sequence[TapeRun]) -> float:
    """Return event time over run time: times real time."""
    seconds = sum(run.seconds for run in runs)
    return sum(run.span_s for run in runs) / seconds if seconds else 0.0

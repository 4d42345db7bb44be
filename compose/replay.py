"""The engine alone over a capture file: no broker, no store, no clock."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, get_args

from compose.captures import Capture
from compose.collector import for_a_stream
from compose.cross import CrossReplay
from compose.errors import UserError
from compose.replay_summary import ReplaySummary
from compose.tapes.captures import records_of_captures
from ingest.errors import IngestError
from processors.engine.book.book import OrderBook
from processors.engine.engine import MarketEngine
from processors.engine.symbol_market import SecondObserver
from schemas.control import DeadLetter
from schemas.market import DepthDiff, MarketRecord
from schemas.record import split_key
from schemas.settings import Settings
from schemas.signals import Signal
from schemas.topics import TOPIC_OF_SIGNAL, topic_of_record

PROGRESS_RECORDS: Final = 500
"""Records between two looks at the clock for the progress line."""
MARKET_RECORDS: Final = get_args(MarketRecord)

Progress = Callable[[ReplaySummary], None]


def replay(
    capture: Path,
    settings: Settings,
    *,
    symbols: Collection[str] | None = None,
    signals_path: Path | None = None,
    book_path: Path | None = None,
    on_signal: Callable[[Signal], None] = lambda _: None,
    progress: Progress = lambda _: None,
) -> ReplaySummary:
    """Run the engines of all symbols over a capture, as `replay_captures` does over several."""
    return replay_captures(
        [Capture(capture)],
        settings,
        symbols=symbols,
        signals_path=signals_path,
        book_path=book_path,
        on_signal=on_signal,
        progress=progress,
    )


def replay_captures(
    captures: Sequence[Capture],
    settings: Settings,
    *,
    symbols: Collection[str] | None = None,
    signals_path: Path | None = None,
    book_path: Path | None = None,
    on_signal: Callable[[Signal], None] = lambda _: None,
    progress: Progress = lambda _: None,
    tapes: Path | None = None,
) -> ReplaySummary:
    """Run the engines of all markets over captures, merged by receive time.

    `signals_path` gets one JSON object a line: the signal with its `topic`; `book_path` one line
    per applied diff: update id, event time, best bid and ask as [price, quantity] or null;
    `on_signal` is called with every signal. The same captures and settings give the same bytes, and
    each market the bytes that it has alone; what several markets of one coin say together comes
    between them. `tapes` is a folder that keeps the captures as they were parsed; None: each call
    parses them. Raises UserError.
    """
    files = ", ".join(str(capture.path) for capture in captures)
    try:
        found = records_of_captures(captures, settings, symbols, tapes)
        held = sorted({split_key(market)[1] for market in found.markets})
        if book_path is not None and (len(captures) > 1 or len(held) != 1):
            raise UserError(
                f"--book needs one capture and one symbol; choose it with --symbols ({files} "
                f"holds {', '.join(held)})"
            )
        with ExitStack() as opened:
            out = opened.enter_context(_written(signals_path))
            book = opened.enter_context(_written(book_path))
            summary = run_records(
                found.records,
                settings,
                out=out,
                book=book,
                on_signal=on_signal,
                progress=progress,
                markets=found.markets,
            )
    except IngestError as error:
        raise UserError(str(error)) from None
    check_applied(f"capture {files}", summary)
    return summary


def check_applied(source: str, summary: ReplaySummary) -> None:
    """Raise UserError where nothing of a source was understood."""
    if summary.dead_letters and not summary.diffs_applied:
        raise UserError(
            f"{source}: no depth frame could be applied and {summary.dead_letters} lines "
            f"could not be read, the first at {summary.first_problem}; is --venue right?"
        )


def run_records(
    records: Iterable[object],
    settings: Settings,
    *,
    out: IO[str] | None = None,
    book: IO[str] | None = None,
    on_signal: Callable[[Signal], None] = lambda _: None,
    on_second: SecondObserver | None = None,
    progress: Progress = lambda _: None,
    markets: Collection[str] = (),
    with_book: bool = True,
) -> ReplaySummary:
    """Run the engines of all symbols over market records and dead letters, in their order.

    `out`, `book` and `on_signal` as in `replay`, `on_second` and `with_book` as in
    `MarketEngine`. `markets`
    (`venue:symbol`) are those that the records are of: where there are several of one coin, they
    are read together as well. What `records` raises is not caught.
    """
    cross = CrossReplay(settings.cross, markets)
    run = _Replay(settings, out, book, on_signal, on_second, cross, with_book=with_book)
    with for_a_stream():
        for record in records:
            run.take(record)
            if run.seen % PROGRESS_RECORDS == 0:
                progress(run.summary)
    return run.finish()


@dataclass(slots=True)
class _Market:
    """One market of a replay. Here it is a log of its own: only the order in a topic matters."""

    engine: MarketEngine
    is_read_together: bool
    """Whether what is read of several markets of its coin together needs its pulses."""
    offsets: Counter[str] = field(default_factory=Counter)
    """Of the next record, by topic."""


class _Replay:
    """One pass: an engine and the offsets of each symbol."""

    def __init__(
        self,
        settings: Settings,
        out: IO[str] | None,
        book: IO[str] | None,
        on_signal: Callable[[Signal], None],
        on_second: SecondObserver | None,
        cross: CrossReplay,
        *,
        with_book: bool,
    ) -> None:
        self._with_book = with_book
        self._settings = settings
        self._cross = cross
        self._on_second = on_second
        self._on_signal = on_signal
        self._out = out
        self._book = book
        self._markets: dict[tuple[str, str], _Market] = {}
        self._began_s = time.monotonic()
        self.summary = ReplaySummary()
        self.seen = 0

    def take(self, record: object) -> None:
        """Process what ingest would have published."""
        self.seen += 1
        if isinstance(record, MARKET_RECORDS):
            self._apply(record)
        elif isinstance(record, DeadLetter):
            self.summary.dead_letters += 1
            self.summary.first_problem = (
                self.summary.first_problem or f"{record.source}: {record.reason}"
            )

    def finish(self) -> ReplaySummary:
        """Return the final figures."""
        engines = [market.engine for market in self._markets.values()]
        self.summary.unpriced = {engine.symbol for engine in engines if engine.quote_usd is None}
        self.summary.gaps += sum(engine.gaps for engine in engines)
        self.summary.seconds = time.monotonic() - self._began_s
        return self.summary

    def _apply(self, record: MarketRecord) -> None:
        market = self._markets.get((record.venue, record.symbol)) or self._new_market(record)
        engine = market.engine
        topic = topic_of_record(record).name
        offset = market.offsets[topic]
        market.offsets[topic] = offset + 1
        for signal in engine.apply(record, offset):
            self._emit(signal)
        if market.is_read_together:
            for pulse in engine.take_pulses():
                for signal in self._cross.take(pulse):
                    self._emit(signal)
        refused = engine.take_refusals()
        for refusal in refused:
            self.summary.dead_letters += 1
            self.summary.first_problem = (
                self.summary.first_problem or f"{topic} record {refusal.offset}: {refusal.reason}"
            )
        if not refused:
            self.summary.applied(record, topic)

    def _new_market(self, record: MarketRecord) -> _Market:
        self.summary.symbols.add(record.symbol)
        is_read_together = self._cross.reads(record.key)
        engine = MarketEngine(
            record.venue,
            record.symbol,
            self._settings.engine_for(record.symbol),
            on_diff=self._diff_applied,
            on_second=self._on_second,
            quote_usd=self._settings.quote_usd(record.symbol),
            with_pulses=is_read_together,
            with_book=self._with_book,
        )
        market = self._markets[record.venue, record.symbol] = _Market(engine, is_read_together)
        return market

    def _emit(self, signal: Signal) -> None:
        topic = TOPIC_OF_SIGNAL[type(signal)].name
        self.summary.signals[topic] += 1
        self._on_signal(signal)
        if self._out is not None:
            self._out.write(f'{{"topic":"{topic}",{signal.model_dump_json()[1:]}\n')

    def _diff_applied(self, diff: DepthDiff, book: OrderBook) -> None:
        self.summary.diffs_applied += 1
        if self._book is not None:
            top = {
                "u": diff.last_update_id,
                "T": diff.event_time,
                "bid": book.best_bid(),
                "ask": book.best_ask(),
            }
            self._book.write(json.dumps(top, separators=(",", ":")) + "\n")


@contextmanager
def _written(path: Path | None) -> Iterator[IO[str] | None]:
    if path is None:
        yield None
        return
    try:
        file = path.open("w", encoding="utf-8", newline="\n")
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}") from None
    with file:
        yield file

"""Every open order of some tapes at every second, and what became of it."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from compose.errors import UserError
from compose.replay import check_applied, run_records
from compose.replay_summary import ReplaySummary
from compose.tapes.tape import Tape
from compose.tapes.tape_file import engine_records, tape_length
from processors.engine.fate.features import MarketMoment, features_of
from processors.engine.fate.outcome import Fate, Standing, outcome_of
from processors.engine.orders.order import TrackedOrder
from processors.engine.orders.order_event import order_id
from processors.engine.scope import Scope
from schemas.fate.features import OrderFeatures
from schemas.fate.model import HORIZONS_MS, TapeNote
from schemas.settings import Settings
from schemas.signals import LargeOrderEvent, Signal

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CODES: Final = {Fate.CENSORED: 0, Fate.FILLED: 1, Fate.PULLED: 2}


@dataclass(frozen=True, slots=True)
class Samples:
    """Order-seconds, one a row."""

    features: Floats
    """Shape (samples, features)."""
    time_ms: Ints
    fate: Ints
    """As CODES; 0: neither until `after_ms`, and nothing is known beyond."""
    after_ms: Ints
    """From the sample to its fate."""
    left_ms: Ints
    """From the sample to the end of its tape."""
    order: Ints
    """Number of its order, over all tapes."""
    notes: tuple[TapeNote, ...]

    def __len__(self) -> int:
        return len(self.time_ms)


class Sample(NamedTuple):
    """One open order at one second."""

    time_ms: int
    order_id: str
    then: Standing
    features: OrderFeatures


@dataclass(slots=True)
class TapeSamples:
    """What one tape shows."""

    samples: list[Sample] = field(default_factory=list)
    events: dict[str, list[LargeOrderEvent]] = field(default_factory=lambda: defaultdict(list))
    markets: set[str] = field(default_factory=set)
    last_ms: int = 0

    def look(self, scope: Scope, moment: MarketMoment, orders: list[TrackedOrder]) -> None:
        """Note the open orders of a market at a full second."""
        self.samples += [
            Sample(
                moment.now, order_id(scope, order), Standing.of(order), features_of(order, moment)
            )
            for order in orders
        ]

    def take(self, signal: Signal) -> None:
        """Note a signal."""
        self.markets.add(signal.key)
        self.last_ms = max(self.last_ms, signal.event_time)
        if isinstance(signal, LargeOrderEvent):
            self.events[signal.order_id].append(signal)

    def fates(self) -> list[tuple[int, int]]:
        """Return code and delay (ms) of what became of each sample."""
        numbers = {name: [event.sequence for event in own] for name, own in self.events.items()}
        found = []
        for time_ms, name, then, _ in self.samples:
            own = self.events.get(name, [])
            first = bisect_left(numbers.get(name, []), then.sequence)
            end = min(time_ms + HORIZONS_MS[-1], self.last_ms)
            outcome = outcome_of(then, own[first:], end)
            found.append((CODES[outcome.fate], max(outcome.time - time_ms, 0)))
        return found

    def orders(self, chosen: npt.NDArray[np.bool_]) -> int:
        """Return to how many orders the chosen samples belong."""
        return len({self.samples[number].order_id for number in np.flatnonzero(chosen)})


def samples_of(tapes: list[tuple[Tape, Settings]], say: Callable[[str], None]) -> Samples:
    """Run the engines over tapes, each with its settings. Raises UserError."""
    parts = [_samples_of(tape, settings, say) for tape, settings in tapes]
    return Samples(
        np.concatenate([part.features for part in parts]),
        np.concatenate([part.time_ms for part in parts]),
        np.concatenate([part.fate for part in parts]),
        np.concatenate([part.after_ms for part in parts]),
        np.concatenate([part.left_ms for part in parts]),
        _numbered([part.order for part in parts]),
        tuple(note for part in parts for note in part.notes),
    )


def _numbered(parts: list[Ints]) -> Ints:
    """Return the orders of tapes, numbered on from tape to tape."""
    begins = np.cumsum([0, *(int(part.max()) + 1 for part in parts)])
    return np.concatenate([part + begin for part, begin in zip(parts, begins, strict=False)])


def _samples_of(tape: Tape, settings: Settings, say: Callable[[str], None]) -> Samples:
    seen, length = TapeSamples(), tape_length(tape.path)

    def tell(so_far: ReplaySummary) -> None:
        say(f"{tape.name}: {sum(so_far.records.values()) / max(length, 1):4.0%} run")

    summary = run_records(
        engine_records(tape.path),
        settings,
        on_signal=seen.take,
        on_second=seen.look,
        progress=tell,
        with_book=False,
    )
    check_applied(tape.name, summary)
    if not seen.samples:
        raise UserError(
            f"{tape.name}: no large order stood at a full second; lower engine.threshold, or give "
            "a longer capture"
        )
    say(f"{tape.name}: {len(seen.samples)} order-seconds")
    fates = np.array(seen.fates(), dtype=np.int64)
    time_ms = np.array([sample.time_ms for sample in seen.samples], dtype=np.int64)
    note = TapeNote(
        name=tape.name,
        fingerprint=tape.fingerprint,
        markets=tuple(sorted(seen.markets)),
        first_ms=summary.first_event_time,
        last_ms=seen.last_ms,
        orders=seen.orders(np.ones(len(seen.samples), dtype=np.bool_)),
        samples=len(seen.samples),
        filled=seen.orders(fates[:, 0] == CODES[Fate.FILLED]),
        pulled=seen.orders(fates[:, 0] == CODES[Fate.PULLED]),
    )
    return Samples(
        np.array([sample.features for sample in seen.samples], dtype=np.float64),
        time_ms,
        fates[:, 0],
        fates[:, 1],
        seen.last_ms - time_ms,
        np.unique([sample.order_id for sample in seen.samples], return_inverse=True)[1],
        (note,),
    )

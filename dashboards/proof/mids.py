"""Mid of one symbol, second by second: what readings are compared with."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from schemas.signals.repeat import BOOK_REPEAT_MS
from schemas.units import BPS, SECOND_MS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DAY_S: Final = 86_400
HOUR_S: Final = 3_600
SIGMA_S: Final = 60
"""Seconds that the restlessness of a second is taken from, those before it."""
SIGMA_CLASSES: Final = 5


@dataclass(frozen=True)
class MidSeries:
    """Mids of consecutive seconds; NaN where the book was not known."""

    start_s: int
    """Second of the first, since the epoch."""
    mid: Floats
    """Shape (seconds,), quote currency."""

    @classmethod
    def of(cls, times_ms: Iterable[int], mids: Iterable[float | None]) -> "MidSeries":
        """Make a series of told seconds in any order. A mid holds until the next one, for
        `BOOK_REPEAT_MS` at most; None, and whatever is beyond, is not known."""
        seconds = np.array([time // SECOND_MS for time in times_ms], dtype=np.int64)
        values = np.array([np.nan if mid is None else mid for mid in mids], dtype=np.float64)
        if not len(seconds):
            return cls(0, np.empty(0))
        start = int(seconds.min())
        series = np.full(int(seconds.max()) - start + 1, np.nan)
        series[seconds - start] = values
        told = np.zeros(len(series), dtype=np.bool_)
        told[seconds - start] = True
        places = np.arange(len(series))
        newest = np.maximum.accumulate(np.where(told, places, 0))
        holds = places - newest < BOOK_REPEAT_MS // SECOND_MS
        return cls(start, np.where(holds, series[newest], np.nan))

    def __len__(self) -> int:
        """Return the number of seconds."""
        return len(self.mid)

    def index(self, times_ms: Ints) -> Ints:
        """Return the index of the second that each time lies in; may be outside the series."""
        return times_ms // SECOND_MS - self.start_s

    def moves(self, horizon_s: int) -> Floats:
        """Return the change of mid from each second to `horizon_s` later, bps; NaN where the book
        was not known throughout. Shape (seconds - horizon_s,), or empty."""
        if len(self.mid) <= horizon_s:
            return np.empty(0)
        unknown = np.concatenate(([0], np.cumsum(np.isnan(self.mid))))
        broken = unknown[horizon_s + 1 :] - unknown[: -horizon_s - 1]
        moves = (self.mid[horizon_s:] / self.mid[:-horizon_s] - 1.0) * BPS
        return np.where(broken > 0, np.nan, moves)

    @cached_property
    def sigma_class(self) -> Ints:
        """How restless mid was over the minute before each second, 0 (calm) to 4, by quintiles."""
        steps = np.nan_to_num(np.diff(self.mid, prepend=self.mid[:1]) / self.mid) * BPS
        squares = np.concatenate(([0.0], np.cumsum(steps**2)))
        until = np.arange(1, len(self.mid) + 1)
        since = np.maximum(until - SIGMA_S, 0)
        sigma = np.sqrt(np.maximum(squares[until] - squares[since], 0.0) / (until - since))
        limits = np.quantile(sigma, np.arange(1, SIGMA_CLASSES) / SIGMA_CLASSES)
        classes: Ints = np.searchsorted(limits, sigma, side="left").astype(np.int64)
        return classes

    @cached_property
    def hour(self) -> Ints:
        """Hours since the epoch of each second."""
        return (np.arange(len(self.mid), dtype=np.int64) + self.start_s) // HOUR_S

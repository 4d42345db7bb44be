"""How the market as a whole moved, minute by minute: the mean move of its symbols."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from dashboards.proof.mids import Floats
from schemas.units import BPS, MINUTE_MS

HORIZON_MIN: Final = 60
SIGMAS: Final = 2.0
"""A large move leaves this many standard deviations of an hour's move, up or down."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class MarketMoves:
    """Mean log-move of the symbols in each of consecutive minutes, bps; NaN where none is known."""

    start_min: int
    """Minute of the first, since the epoch."""
    bps: Floats
    """Shape (minutes,): from the end of the minute before to the end of the minute."""

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "MarketMoves":
        """Make the moves of symbols, each a row with `minutes` since the epoch, ascending, and the
        last `mids` of those minutes. A symbol counts where it has the mid of the minute before."""
        series = [(row["minutes"], row["mids"]) for row in rows if len(row["minutes"])]
        if not series:
            return cls(0, np.empty(0))
        start = min(minutes[0] for minutes, _ in series)
        count = max(minutes[-1] for minutes, _ in series) - start + 1
        moves = np.stack([_own_moves(start, count, *one) for one in series])
        known = ~np.isnan(moves)
        counts = known.sum(axis=0)
        totals = np.where(known, moves, 0.0).sum(axis=0)
        return cls(start, np.where(counts > 0, totals / np.maximum(counts, 1), np.nan))

    def index(self, time_ms: int) -> int:
        """Return how many minutes are over at `time_ms`, counted from the first."""
        return time_ms // MINUTE_MS - self.start_min

    def until(self, time_ms: int) -> Floats:
        """Return the moves of the minutes that are over at `time_ms`."""
        return self.bps[: max(0, self.index(time_ms))]

    def was_large(self, time_ms: int, sigma_bps: float) -> bool | None:
        """Tell whether the market moved by SIGMAS times `sigma_bps` from `time_ms` on within the
        horizon; None where a minute of it is not known."""
        first = self.index(time_ms)
        ahead = self.bps[max(0, first) : first + HORIZON_MIN]
        if first < 0 or len(ahead) < HORIZON_MIN or np.isnan(ahead).any():
            return None
        return bool(np.abs(np.cumsum(ahead)).max() >= SIGMAS * sigma_bps)


def _own_moves(start: int, count: int, minutes: Sequence[int], mids: Sequence[float]) -> Floats:
    own = np.full(count, np.nan)
    own[np.asarray(minutes, dtype=np.int64) - start] = np.log(np.asarray(mids, dtype=np.float64))
    return np.diff(own, prepend=np.nan) * BPS

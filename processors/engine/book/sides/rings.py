"""The levels of a side by their distance from mid."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from processors.engine.book.sides.standing import FloatArray


class Rings(NamedTuple):
    """Notionals, quote currency, from mid outwards."""

    usd: list[FloatArray]
    """Of the levels in each ring, which ends at its distance and begins beyond that of the ring
    before."""
    near_usd: float
    """Of all levels up to one distance together, added up outwards."""

    @classmethod
    def of(
        cls,
        distance_bps: FloatArray,
        usd: FloatArray,
        ends_bps: Sequence[float],
        near_bps: float,
    ) -> Rings:
        """Return the rings of levels by their distance from mid, in bps and ascending."""
        ends = distance_bps.searchsorted(ends_bps, "right").tolist()
        near = int(distance_bps.searchsorted(near_bps, "right"))
        return cls(
            [usd[start:end] for start, end in pairwise((0, *ends))],
            float(usd[:near].cumsum()[-1]) if near else 0.0,
        )

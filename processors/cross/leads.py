"""Which market moves first: the lag at which the returns of two mids agree best."""

from itertools import combinations
from math import log

import msgspec
import numpy as np

from processors.cross.findings import CrossScope
from processors.cross.joint import JointSecond
from schemas.record import ALL_VENUES
from schemas.signals import CrossLead
from schemas.signals.pulse import SLICE_MS, SLICES
from schemas.units import SECOND_MS

LEAST_SHARE = 0.8
"""Of the time that is looked at, so much has to be known of both markets."""


class LeadState(msgspec.Struct):
    """The log mids of each market every 100 ms, None where there is none; oldest first."""

    mids: dict[str, list[float | None]] = {}


class Leads:
    """Compares the mids of every two markets from time to time."""

    def __init__(self, scope: CrossScope, state: LeadState) -> None:
        self._scope, self._settings = scope, scope.settings
        self.state = state

    def second_ended(self, second: JointSecond) -> None:
        """Take the mids of a second."""
        keep = self._settings.lead_s * SLICES + 1
        told = {pulse.market: pulse.mids for pulse in second.pulses}
        for market in sorted({*told, *self.state.mids}):
            mids = self.state.mids.setdefault(market, [])
            new: list[float | None] = [None] * SLICES
            if market in told:
                new = [None if mid is None else log(mid) for mid in told[market]]
            mids += new
            del mids[:-keep]

    def read(self, now: int, received_us: int) -> list[CrossLead]:
        """Return who leads of every two markets at a full second `now` (ms)."""
        returns = {
            market: moves
            for market, mids in sorted(self.state.mids.items())
            if (moves := self._returns(mids)) is not None
        }
        return [
            self._lead(one, other, returns[one], returns[other], now, received_us)
            for one, other in combinations(sorted(returns), 2)
        ]

    def _returns(
        self, mids: list[float | None]
    ) -> "np.ndarray[tuple[int], np.dtype[np.float64]] | None":
        """Return the returns; 0 where one is unknown. None where too little is known."""
        wanted = self._settings.lead_s * SLICES
        if len(mids) <= wanted:
            return None
        levels = np.array([np.nan if mid is None else mid for mid in mids])
        moves = np.diff(levels)
        if np.isfinite(moves).sum() < LEAST_SHARE * wanted:
            return None
        return np.nan_to_num(moves)

    def _lead(
        self,
        first: str,
        second: str,
        one: "np.ndarray[tuple[int], np.dtype[np.float64]]",
        other: "np.ndarray[tuple[int], np.dtype[np.float64]]",
        now: int,
        received_us: int,
    ) -> CrossLead:
        reach = self._settings.lead_lag_ms // SLICE_MS
        norm = float(np.sqrt((one @ one) * (other @ other)))
        found: list[tuple[float, int]] = []
        for lag in range(-reach, reach + 1):
            ahead, behind = (one, other) if lag >= 0 else (other, one)
            shift = abs(lag)
            agreed = float(ahead[: ahead.size - shift] @ behind[shift:])
            found.append((agreed / norm if norm > 0 else 0.0, lag))
        best, lag = max(found, key=lambda pair: (pair[0], -abs(pair[1]), pair[1]))
        agrees = norm > 0 and best >= self._settings.lead_correlation
        return CrossLead(
            venue=ALL_VENUES,
            symbol=self._scope.asset,
            event_id=f"{self._scope.key}:lead:{first}>{second}:{now}",
            event_time=now,
            received_us=received_us,
            first=first,
            second=second,
            lead_ms=lag * SLICE_MS if agrees else None,
            correlation=round(best, 6),
            correlation_at_0=round(found[reach][0], 6),
            samples=self._settings.lead_s * SECOND_MS // SLICE_MS,
        )

"""The common mid of several markets, and the basis between them."""

from math import exp, log
from statistics import median

import msgspec

from processors.cross.joint import JointSecond
from schemas.units import BPS


class PriceState(msgspec.Struct):
    """Logarithms of the newest mids and how they differed over the last seconds."""

    mids: dict[str, float] = {}
    """By market: the log of its mid at the end of the last second; none without a book."""
    differences: dict[str, list[float]] = {}
    """By pair `first|second`: log(first / second) second by second, oldest first."""
    basis: dict[str, float] = {}
    """By pair: the median of the differences."""


class Prices:
    """Brings prices of different markets to one scale. Distances in bps."""

    def __init__(self, state: PriceState, basis_s: int) -> None:
        self.state = state
        self._keep = basis_s

    def second_ended(self, second: JointSecond) -> None:
        """Take the mids at the end of a second."""
        state = self.state
        state.mids = {
            pulse.market: log(pulse.mids[-1])
            for pulse in second.pulses
            if pulse.mids[-1] is not None
        }
        markets = sorted(state.mids)
        for place, one in enumerate(markets):
            for other in markets[place + 1 :]:
                pair = _pair(one, other)
                differences = state.differences.setdefault(pair, [])
                differences.append(state.mids[one] - state.mids[other])
                del differences[: -self._keep]
                state.basis[pair] = median(differences)

    def knows(self, one: str, other: str) -> bool:
        """Tell whether the basis of two markets is known."""
        return one == other or _pair(*sorted((one, other))) in self.state.basis

    def basis(self, one: str, other: str) -> float:
        """Return log(price at `one` / price at `other`) of equal things; 0 while unknown."""
        if one < other:
            return self.state.basis.get(_pair(one, other), 0.0)
        return -self.state.basis.get(_pair(other, one), 0.0)

    def apart_bps(self, one: str, price: float, other: str, other_price: float) -> float:
        """Return how far two prices lie apart, the basis taken out; never negative."""
        return abs(log(price) - log(other_price) - self.basis(one, other)) * BPS

    def offset(self, market: str) -> float:
        """Return the log by which a market's prices lie above the common scale."""
        others = {name for pair in self.state.basis for name in pair.split("|")} | {market}
        return sum(self.basis(market, other) for other in sorted(others)) / len(others)

    def common(self, market: str, price: float) -> float:
        """Return a price of a market on the common scale."""
        return exp(log(price) - self.offset(market))

    def mid(self) -> float | None:
        """Return the common mid; None while no market has one."""
        mids = self.state.mids
        if not mids:
            return None
        return exp(sum(mids[name] - self.offset(name) for name in sorted(mids)) / len(mids))

    def basis_bps(self, market: str) -> float:
        """Return how far a market's prices lie above the common scale."""
        return self.offset(market) * BPS


def _pair(one: str, other: str) -> str:
    return f"{one}|{other}"

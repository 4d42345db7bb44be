"""The coins of an exchange that serves several venues: one market of each leads, others follow."""

import random
from collections import deque
from typing import Final

from ingest.exchange.market.follower import Follower, habits_of
from ingest.exchange.market.plays import Member, Programme
from ingest.exchange.market.simulated_symbol import SimulatedSymbol
from schemas.instrument import asset_of, base_and_quote
from schemas.quotes import DOLLARS
from schemas.record import symbol_key
from schemas.settings import VenueName

_REMEMBERED: Final = 64
"""Newest prices of a leader that are kept: more than the longest lag."""


class Coin:
    """The markets of a coin and what actors do on several of them."""

    def __init__(self, asset: str, venue: VenueName, leader: SimulatedSymbol, seed: int) -> None:
        self._seed = f"{seed}:{asset}"
        self._venue = venue
        self._leader = leader
        self._prices = deque([(leader.now_ms, leader.price)], maxlen=_REMEMBERED)
        self._members = [Member(leader.desk, 0.0)]
        self._programme = Programme(
            random.Random(f"{self._seed}:plays"), leader.now_ms, leader.place
        )

    def follower(self, venue: VenueName, symbol: str) -> Follower | None:
        """Return the price of a market that joins; None on the leader's own venue."""
        if venue == self._venue:
            return None
        habits = habits_of(venue).against(habits_of(self._venue))
        return Follower(symbol_key(venue, symbol), self._seed, habits, self._price)

    def join(self, venue: VenueName, market: SimulatedSymbol) -> None:
        """Let actors who work on several venues work on this market too."""
        basis_bps = habits_of(venue).against(habits_of(self._venue)).basis_bps
        self._members.append(Member(market.desk, basis_bps))

    def step(self, now_ms: int) -> None:
        """Note the leader's price and let the actors act, before the markets' next step."""
        self._prices.append((now_ms, self._leader.price))
        if self._leader.spec.actors:
            self._programme.step(self._members, now_ms)

    def _price(self, time_ms: int) -> float:
        past = (price for at_ms, price in reversed(self._prices) if at_ms <= time_ms)
        return next(past, self._prices[0][1])


class Coins:
    """All of them. A market that is not priced in dollars is alone."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._coins: dict[str, Coin] = {}

    def follower(self, venue: VenueName, symbol: str) -> Follower | None:
        """Return the price of a market that follows one on another venue; None where it leads."""
        coin = self._coins.get(_asset_of(symbol))
        return None if coin is None else coin.follower(venue, symbol)

    def join(self, venue: VenueName, market: SimulatedSymbol) -> None:
        """Add a market; the first one of its coin leads."""
        asset = _asset_of(market.spec.symbol)
        if market.follows and (coin := self._coins.get(asset)) is not None:
            coin.join(venue, market)
        elif asset:
            self._coins.setdefault(asset, Coin(asset, venue, market, self._seed))

    def step(self, now_ms: int) -> None:
        """Advance all coins, before the markets' next step."""
        for coin in self._coins.values():
            coin.step(now_ms)


def _asset_of(symbol: str) -> str:
    base, quote = base_and_quote(symbol)
    return asset_of(base) if quote in DOLLARS else ""

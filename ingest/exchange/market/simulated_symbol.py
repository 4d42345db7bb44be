"""One simulated symbol, stepped in market time; deterministic for a seed."""

import math
import random
from dataclasses import dataclass

from ingest.exchange.market.book import Book, Side
from ingest.exchange.market.desk import Assault, Desk
from ingest.exchange.market.director import Director
from ingest.exchange.market.episodes import EpisodeLog
from ingest.exchange.market.follower import Follower
from ingest.exchange.market.makers import Makers
from ingest.exchange.market.spec import SymbolSpec
from ingest.exchange.market.takers import Order, Takers, poisson

_UNIT_MS = 50
"""Time unit of the makers' activity."""
_PULL_PER_S = 0.05
"""Mean-reversion rate of the price to its anchor, per second."""
_ANCHOR_BPS = 0.4
"""Volatility of the anchor per square root of a second."""
_IMPACT = 0.4
"""Permanent price impact: share of the ticks an order walks through."""
_WALK_BPS = 0.5
_ASSAULT_ORDERS_PER_S = 30.0
_ASSAULT_LEAN = 0.5
_RUN_BPS_PER_S = 1.5
_QUIET_MS = 10
"""The makers requote in this last part of a step, after all trades, ms."""
_TRIM_MS = 2_000
_REST_MS = 30_000
"""Time between two quotes of a market at rest."""
_OPENING_SHARE = (-0.4, 0.9)
"""Range of the share of the net taker flow that opens positions; below 0 it closes them."""
_OPENING_MS = 20_000
"""Time between two changes of that share."""
_OPEN_INTEREST_PULL_PER_S = 0.002
_MARK_SMOOTHING_PER_S = 0.5


@dataclass(frozen=True, slots=True)
class Fill:
    """What one taker order took at one price: one aggregated trade."""

    agg_id: int
    first_id: int
    last_id: int
    time_ms: int
    tick: int
    lots: int
    parts: tuple[int, ...]
    """Lots of each single trade, `first_id` to `last_id`."""
    taker_sells: bool


@dataclass(frozen=True, slots=True)
class Step:
    """What happened in one step."""

    time_ms: int
    """Time of the step's last change, ms; all its trades are at or before it."""
    first_id: int
    """Update id of its first change of the book; above `last_id` when nothing changed."""
    last_id: int
    fills: list[Fill]
    changed: tuple[set[int], set[int]]
    """Ticks of bids and asks whose quantity changed."""


class SimulatedSymbol:
    """Book, tape, mark price and open interest of one symbol."""

    def __init__(
        self,
        spec: SymbolSpec,
        seed: int,
        start_ms: int,
        place: int = 0,
        follower: Follower | None = None,
    ) -> None:
        """`follower`: its price, where that follows another market of the coin."""
        self.spec = spec
        self.place = place
        self.now_ms = start_ms
        """End of the last step, ms."""
        self._follower = follower
        name = spec.symbol if follower is None else follower.name
        self._rng = random.Random(f"{seed}:{name}")
        self.book = Book()
        self.log = EpisodeLog(spec.symbol)
        self._makers = Makers(spec, self.book, self._rng)
        self._takers = Takers(spec, self._rng)
        self._bps = spec.ticks_per_bps
        self._fair = spec.start_price / spec.tick + 0.5
        if follower is not None:
            self._fair = follower.price(spec.start_price, start_ms, 0.0) / spec.tick
        self._anchor = self._fair
        self.desk = Desk(spec, self.book, self._rng, self.log, touch=int(self._fair))
        self._director = (
            Director(self.desk, place, start_ms, leads=follower is None) if spec.actors else None
        )
        self._makers.fill(int(self._fair))
        for side in Side:
            self.book.changed[side].clear()
        self._trim_ms = start_ms + _TRIM_MS
        self._activity = 1.0
        """Multiplier of the makers' and takers' activity."""
        self.last_update_id = 1_000_000_000 + self._rng.randint(0, 1_000_000_000)
        self.last_change_ms = start_ms
        """Time of the newest change of the book, ms."""
        self._agg_id = self._rng.randint(1_000_000, 2_000_000)
        self._trade_id = self._agg_id * 2
        base_lots = spec.lots(spec.open_interest_usd, int(self._fair))
        self._base_open_interest = float(base_lots)
        self._open_interest = float(base_lots)
        self._opening_share = _OPENING_SHARE[1]
        self._opening_until_ms = start_ms
        self._mark_tick = self._fair

    @property
    def follows(self) -> bool:
        """Whether its price follows another market of the coin."""
        return self._follower is not None

    @property
    def price(self) -> float:
        """The price that its makers quote around."""
        return self._fair * self.spec.tick

    def has_ended(self, interval_ms: int) -> bool:
        """Whether an interval of venue time (ms; 0: every step) ended in the step before."""
        if not interval_ms:
            return True
        return self.now_ms // interval_ms > (self.now_ms - self.spec.step_ms) // interval_ms

    @property
    def mid(self) -> float:
        """Mid price."""
        return (self.book.best_bid + self.book.best_ask) / 2 * self.spec.tick

    @property
    def mark_price(self) -> float:
        """Mark price: a smoothed mid."""
        return self._mark_tick * self.spec.tick

    @property
    def index_price(self) -> float:
        """Price of the underlying index."""
        return self._anchor * self.spec.tick

    @property
    def funding_rate(self) -> float:
        """Rate of the current funding period: base rate plus premium, clamped."""
        premium = (self._mark_tick - self._anchor) / self._anchor
        return max(-0.0003, min(0.0003, 0.0001 + premium * 0.1))

    @property
    def open_interest_lots(self) -> int:
        """Open contracts in lots."""
        return round(self._open_interest)

    def set_activity(self, factor: float) -> None:
        """Let makers and takers act `factor` times as often as usual."""
        self._activity = factor

    def step(self) -> Step:
        """Advance by one step and return what happened."""
        spec, rng = self.spec, self._rng
        started_ms = self.now_ms
        self.now_ms += spec.step_ms
        time_ms = self.now_ms - rng.randrange(_QUIET_MS)
        step_s = spec.step_ms / 1000
        if spec.at_rest:
            if self.has_ended(_REST_MS):
                self._makers.requote(math.floor(self._fair), 1 / spec.near_updates)
            return self._close(time_ms, [])
        self.desk.touch = math.floor(self._fair)
        if self._director is not None:
            self._director.step(started_ms)
        assault = self.desk.assault
        fills: list[Fill] = []
        lean = _lean(assault)
        orders = self._takers.orders(spec.step_ms, spec.step_ms - _QUIET_MS, lean, self._activity)
        if assault is not None:
            orders = self._assault_orders(assault, step_s) + orders
            orders.sort(key=lambda order: order.after_ms)
        for order in orders:
            self._execute(order, started_ms + order.after_ms, fills)
        touch = self._move(step_s, assault)
        self._makers.follow(touch)
        self._makers.requote(touch, spec.step_ms / _UNIT_MS * self._activity)
        if self.now_ms >= self._trim_ms:
            self._trim_ms += _TRIM_MS
            self._makers.trim(touch)
        self._accrue(fills, step_s)
        return self._close(time_ms, fills)

    def _execute(self, order: Order, time_ms: int, fills: list[Fill]) -> None:
        spec, book, side = self.spec, self.book, order.side
        first = tick = book.best(side)
        walk = max(1, int(_WALK_BPS * self._bps))
        left = spec.lots(order.usd, tick)
        while left > 0 and tick and abs(tick - first) <= walk:
            if order.limit_tick is not None and tick != order.limit_tick:
                break
            traded = book.consume(side, tick, left)
            left -= traded
            fills.append(self._fill(time_ms, tick, traded, side))
            tick = book.best(side)
        if order.limit_tick is None and tick:
            self._fair += _IMPACT * (tick - first)

    def _fill(self, time_ms: int, tick: int, lots: int, side: Side) -> Fill:
        count = min(lots, 1 + int(self._rng.expovariate(1.2)))
        part = lots // count
        parts = (lots - part * (count - 1),) + (part,) * (count - 1)
        first_id = self._trade_id + 1
        self._trade_id += count
        self._agg_id += 1
        return Fill(
            self._agg_id, first_id, self._trade_id, time_ms, tick, lots, parts, side is Side.BID
        )

    def _assault_orders(self, assault: Assault, step_s: float) -> list[Order]:
        """Return the taker orders against a wall; none before it is the best level."""
        if not assault.eating or self.book.best(assault.side) != assault.tick:
            return []
        rng = self._rng
        count = poisson(rng, _ASSAULT_ORDERS_PER_S * step_s)
        usd = assault.usd_per_s / _ASSAULT_ORDERS_PER_S
        latest_ms = self.spec.step_ms - _QUIET_MS
        return [
            Order(
                rng.randint(1, latest_ms), assault.side, usd * rng.uniform(0.3, 1.7), assault.tick
            )
            for _ in range(count)
        ]

    def _move(self, step_s: float, assault: Assault | None) -> int:
        """Move the fair price; return the resulting best-bid tick."""
        rng, bps = self._rng, self._bps
        root = math.sqrt(step_s)
        if self._follower is not None:
            self._follow(self._follower, step_s)
        elif assault is not None:
            speed = _RUN_BPS_PER_S if assault.running else assault.drift_bps_per_s
            self._fair += assault.side.outward * speed * bps * step_s
            self._anchor = self._fair
        else:
            self._anchor += rng.gauss(0.0, _ANCHOR_BPS * bps * root)
            self._fair += (self._anchor - self._fair) * _PULL_PER_S * step_s
        if self._follower is None:
            self._fair += rng.gauss(0.0, self.spec.volatility_bps * bps * root)
        # The price passes a wall only once it is consumed: the best bid stays below every ask wall,
        # and the best ask, one tick higher, above every bid wall.
        ask_wall = self.book.nearest_wall(Side.ASK)
        if ask_wall is not None and self._fair >= ask_wall:
            self._fair = ask_wall - 0.5
        bid_wall = self.book.nearest_wall(Side.BID)
        if bid_wall is not None and self._fair < bid_wall:
            self._fair = bid_wall + 0.5
        self._fair = max(self._fair, 2.0)
        if self._follower is not None:
            self._follower.stands(self.price)
        return math.floor(self._fair)

    def _follow(self, follower: Follower, step_s: float) -> None:
        """Go where the leader was; a wall in the way is taken by arbitrage until it is gone."""
        self._fair = self._anchor = follower.price(self.price, self.now_ms, step_s) / self.spec.tick
        self.desk.assault = None
        for side in Side:
            wall = self.book.nearest_wall(side)
            if wall is not None and (self._fair - wall) * side.outward > 0:
                pace = sum(self.spec.takers_usd_per_s) / 2
                self.desk.assault = Assault(side, wall, pace, 0.0)

    def _accrue(self, fills: list[Fill], step_s: float) -> None:
        net = sum(-fill.lots if fill.taker_sells else fill.lots for fill in fills)
        pull = (self._base_open_interest - self._open_interest) * _OPEN_INTEREST_PULL_PER_S
        if self.now_ms >= self._opening_until_ms:
            self._opening_until_ms += _OPENING_MS
            self._opening_share = self._rng.uniform(*_OPENING_SHARE)
        self._open_interest += self._opening_share * abs(net) + pull * step_s
        mid_tick = (self.book.best_bid + self.book.best_ask) / 2
        self._mark_tick += (mid_tick - self._mark_tick) * min(1.0, _MARK_SMOOTHING_PER_S * step_s)

    def _close(self, time_ms: int, fills: list[Fill]) -> Step:
        bids, asks = self.book.changed
        changed = (set(bids), set(asks))
        bids.clear()
        asks.clear()
        first_id, last_id = self.last_update_id + 1, self.last_update_id
        if changed[0] or changed[1]:
            # The venue counts events of all kinds, so ids jump between frames and within one.
            first_id += self._rng.randrange(50)
            last_id = first_id + (len(changed[0]) + len(changed[1])) * 3 + self._rng.randrange(20)
            self.last_update_id = last_id
            self.last_change_ms = time_ms
        return Step(time_ms, first_id, last_id, fills, changed)


def _lean(assault: Assault | None) -> float:
    if assault is None:
        return 0.0
    return _ASSAULT_LEAN if assault.side is Side.ASK else -_ASSAULT_LEAN

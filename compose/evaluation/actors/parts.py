"""What several actors have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from compose.evaluation.injection.episode import Act, Episode, Group, Move, TouchTrade
from compose.evaluation.injection.path import sign_of
from compose.evaluation.injection.stage import Stage
from schemas.signals import Classification, Side

Actor = Callable[[Stage, Side], Act | None]
"""Returns None where the drawn place does not suit; it is then asked again."""

SWEPT = {Side.ASK: Classification.SWEEP_BUY, Side.BID: Classification.SWEEP_SELL}
DEFENDED = {Side.ASK: Classification.DEFENSIVE_SELL, Side.BID: Classification.DEFENSIVE_BUY}
OTHER = {Side.ASK: Side.BID, Side.BID: Side.ASK}

SPOOF_LIFE_MS = 2_990
"""A lure must be gone before the class table's 3,000 ms."""
PERSISTENT_MS = 10_000
SWEEP_SHARE = 0.3
FLOW_MS = 2_000
FLOW_CHANCE = 0.6
STARTS = 4
"""Takers begin at that of so many random moments after which they can go on longest."""


def episode(
    stage: Stage,
    actor: str,
    group: Group,
    label: Classification,
    side: Side,
    y: int,
    moves: Sequence[Move],
    *,
    knowable: int | None = None,
    fragile: bool = False,
    pulled: bool = True,
    iceberg: bool = False,
) -> Episode:
    """Return the episode of one level; `knowable` defaults to the last move."""
    first, last = moves[0].update, moves[-1].update
    return Episode(
        actor,
        group,
        label,
        side,
        y * sign_of(side),
        tuple(moves),
        last if knowable is None else knowable,
        stage.distance_bps(side, y, first),
        stage.time(last) - stage.time(first),
        fragile,
        pulled,
        iceberg,
    )


def stood_and_pulled(lots: int, first: int, last: int) -> list[Move]:
    """Return the moves of an order that nobody touches."""
    return [Move(first, placed=lots), Move(last, pulled=lots)]


def lives_as_spoof(stage: Stage, first: int, last: int) -> bool:
    """Tell whether a life is long enough to be an order and short enough to be a lure."""
    return 300 <= stage.time(last) - stage.time(first) <= SPOOF_LIFE_MS


def counter_flow(stage: Stage, side: Side, pull: int) -> tuple[TouchTrade, ...]:
    """Return what the owner of a lure on `side` trades against it before the pull.

    A bid pushes the price up and its owner sells: a taker sale would hit bids, so it sells by
    resting offers that takers buy. Volume goes the way the lure pushes.
    """
    if stage.random.random() > FLOW_CHANCE:
        return ()
    consumed = OTHER[side]
    own = stage.view(consumed).own
    since = stage.path.at(stage.time(pull) - FLOW_MS + 100)
    steady = [k for k in range(max(since, stage.first) + 1, pull) if own[k - 1] == own[k]]
    if not steady:
        return ()
    chosen = stage.random.sample(steady, min(len(steady), stage.random.randint(1, 4)))
    usd = stage.draw(stage.ranges.flow_usd) / len(chosen)
    grid = stage.path.grid
    return tuple(
        TouchTrade(k, consumed, grid.lots_worth(usd, abs(int(own[k])))) for k in sorted(chosen)
    )


def eaten(stage: Stage, touches: Sequence[int], total: int) -> list[Move]:
    """Return `total` lots as taken in some of the touches within the time of a sweep."""
    within = stage.ranges.sweep_ms
    starts = stage.random.sample(touches, min(len(touches), STARTS))
    runs = [
        [k for k in touches if k >= start and stage.time(k) <= stage.time(start) + within]
        for start in starts
    ]
    chosen = max(runs, key=len)[: stage.count(stage.ranges.sweep_updates)]
    sizes = parts(stage, total, len(chosen))
    return [Move(k, traded=lots) for k, lots in zip(chosen, sizes, strict=True)]


def parts(stage: Stage, total: int, count: int) -> list[int]:
    """Split lots into `count` random parts, none empty."""
    cuts = sorted(stage.random.sample(range(1, total), count - 1))
    return [high - low for low, high in zip([0, *cuts], [*cuts, total], strict=True)]


def swept_at(first_lots: int, moves: Sequence[Move]) -> int:
    """Return the update with which enough of an order was taken for a sweep."""
    traded = 0
    for move in moves:
        traded += move.traded
        if traded >= SWEEP_SHARE * first_lots:
            return move.update
    return moves[-1].update

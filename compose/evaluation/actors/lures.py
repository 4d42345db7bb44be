"""Lures that try not to look like one."""

from __future__ import annotations

from compose.evaluation.actors.parts import (
    PERSISTENT_MS,
    counter_flow,
    eaten,
    episode,
    lives_as_spoof,
    parts,
    stood_and_pulled,
)
from compose.evaluation.injection.episode import Act, Episode, Group, Move
from compose.evaluation.injection.path import sign_of
from compose.evaluation.injection.stage import Stage
from schemas.signals import Classification, Side

_HARD = Group.ADVERSARIAL
_SPOOF = Classification.SPOOF


def slow_lure(stage: Stage, side: Side) -> Act | None:
    """Stands longer than a lure should and goes when the price comes near."""
    ranges = stage.ranges
    first = stage.some_update()
    last = stage.after(first, stage.draw(ranges.slow_life_ms))
    if last is None or stage.time(last) - stage.time(first) >= PERSISTENT_MS - 300:
        return None
    start, end = stage.mid(side, first), stage.mid(side, last)
    approach = end - start
    if approach <= 0:
        return None
    y = round(start + approach / stage.draw((1 - ranges.slow_left, 0.97)))
    low, high = ranges.slow_distance_bps
    if not low <= stage.distance_bps(side, y, first) <= high:
        return None
    if y - end > ranges.slow_left * (y - start) or not stage.covers(side, y, first):
        return None
    if not (stage.untouched(side, y, first, last) and stage.is_quiet(side, y, first)):
        return None
    moves = stood_and_pulled(stage.size(y * sign_of(side)), first, last)
    shown = episode(stage, "slow lure", _HARD, _SPOOF, side, y, moves, fragile=True)
    return Act((shown,), counter_flow(stage, side, last))


def campaign(stage: Stage, side: Side) -> Act | None:
    """A lure that is quoted anew each second behind the price, then an order that stays longer."""
    ranges = stage.ranges
    first = stage.some_update()
    bps = stage.draw(ranges.follow_distance_bps)
    lures: list[Episode] = []
    before = 0
    for _ in range(stage.count(ranges.follow_quotes)):
        last = stage.after(first, stage.draw(ranges.follow_ms))
        y = stage.away(side, first, bps)
        y += y == before
        if last is None or not _may_stand(stage, side, y, first, last):
            return None
        moves = stood_and_pulled(stage.size(y * sign_of(side)), first, last)
        lures.append(episode(stage, "following lure", _HARD, _SPOOF, side, y, moves))
        first, before = last, y
    placed = stage.after(first, stage.draw(ranges.campaign_wait_ms))
    if placed is None:
        return None
    last = stage.after(placed, stage.draw(ranges.layer_life_ms))
    y = stage.away(side, placed, bps)
    if last is None or not _may_stand(stage, side, y, placed, last):
        return None
    if stage.time(last) - stage.time(placed) >= PERSISTENT_MS - 500:
        return None
    if stage.left(side, y, placed, last) < ranges.calm_left:
        return None
    near = [lure for lure in lures if abs(lure.tick - y * sign_of(side)) <= y * sign_of(side) / 500]
    shown = stage.after(placed, 250)
    if len(near) < 2 or shown is None:
        return None
    moves = stood_and_pulled(stage.size(y * sign_of(side)), placed, last)
    label = Classification.MANIPULATION
    later = episode(stage, "campaign", _HARD, label, side, y, moves, knowable=shown)
    return Act((*lures, later))


def split(stage: Stage, side: Side) -> Act | None:
    """One intention spread over adjacent levels."""
    first = stage.some_update()
    last = stage.after(first, stage.draw(stage.ranges.lure_life_ms))
    best = stage.away(side, first, stage.draw(stage.ranges.lure_distance_bps))
    if last is None or not lives_as_spoof(stage, first, last):
        return None
    shown: list[Episode] = []
    for y in range(best, best + stage.count(stage.ranges.split_ticks)):
        if not _may_stand(stage, side, y, first, last):
            return None
        lots = stage.size(y * sign_of(side), stage.ranges.split_usd)
        moves = stood_and_pulled(lots, first, last)
        shown.append(episode(stage, "split", _HARD, _SPOOF, side, y, moves))
    return Act(tuple(shown))


def stepwise(stage: Stage, side: Side) -> Act | None:
    """Pulled in steps, not at once."""
    first = stage.some_update()
    last = stage.after(first, stage.draw(stage.ranges.lure_life_ms))
    y = stage.away(side, first, stage.draw(stage.ranges.lure_distance_bps))
    if last is None or not lives_as_spoof(stage, first, last):
        return None
    count = stage.count(stage.ranges.pull_steps)
    between = range(first + 2, last)
    if len(between) < count or not _may_stand(stage, side, y, first, last):
        return None
    lots = stage.size(y * sign_of(side))
    updates = [*sorted(stage.random.sample(between, count - 1)), last]
    steps = zip(updates, parts(stage, lots, count), strict=True)
    moves = [Move(first, placed=lots), *(Move(k, pulled=part) for k, part in steps)]
    shown = episode(stage, "pulled in steps", _HARD, _SPOOF, side, y, moves)
    return Act((shown,), counter_flow(stage, side, last))


def touched(stage: Stage, side: Side) -> Act | None:
    """Takers get a tenth to a quarter of it before it is gone."""
    fills = stage.ranges.touched_fill
    lure = stage.random.random() < 0.75
    share = stage.draw(fills[0] if lure else fills[1])
    first = stage.some_update()
    last = stage.after(first, stage.draw(stage.ranges.lure_life_ms))
    if last is None or not lives_as_spoof(stage, first, last):
        return None
    y = stage.crossed_by(side, first, last) + stage.count((0, 1))
    touches = stage.calm(side, y, stage.touches(side, y, first, last - 1))
    if not touches or stage.distance_bps(side, y, first) < 0.1:
        return None
    if not (stage.covers(side, y, first) and stage.is_quiet(side, y, first)):
        return None
    lots = stage.size(y * sign_of(side))
    taken = eaten(stage, touches, round(lots * share))
    left = lots - sum(move.traded for move in taken)
    moves = [Move(first, placed=lots), *taken, Move(last, pulled=left)]
    label = _SPOOF if lure else Classification.UNKNOWN
    return Act((episode(stage, "touched", _HARD, label, side, y, moves, fragile=not lure),))


def on_top(stage: Stage, side: Side) -> Act | None:
    """Hides on the largest real level around."""
    ranges = stage.ranges
    first = stage.some_update()
    last = stage.after(first, stage.draw(ranges.lure_life_ms))
    if last is None or not lives_as_spoof(stage, first, last):
        return None
    near = stage.ticks(side, first, ranges.lure_distance_bps[0])
    far = stage.ticks(side, first, ranges.lure_distance_bps[1])
    low, high = ranges.on_top_of_usd
    grid = stage.path.grid
    candidates = [
        (lots, tick * sign_of(side))
        for tick, lots in stage.path.levels_near(side, first, near, far)
        if low <= grid.usd(lots, tick) <= high
    ]
    for lots, y in sorted(candidates, reverse=True)[:5]:
        after = stage.path.lots(side, y * sign_of(side), last)
        # A level that takers or its owners take apart meanwhile is another story.
        if abs(after - lots) > lots / 10 or not stage.covers(side, y, first):
            continue
        if stage.untouched(side, y, first, last):
            moves = stood_and_pulled(stage.size(y * sign_of(side)), first, last)
            return Act((episode(stage, "on top", _HARD, _SPOOF, side, y, moves),))
    return None


def _may_stand(stage: Stage, side: Side, y: int, first: int, last: int) -> bool:
    return (
        stage.covers(side, y, first)
        and stage.untouched(side, y, first, last)
        and stage.is_quiet(side, y, first)
    )

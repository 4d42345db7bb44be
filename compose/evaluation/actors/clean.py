"""Actors as they are in the textbook."""

from __future__ import annotations

from compose.evaluation.actors.parts import (
    DEFENDED,
    PERSISTENT_MS,
    SWEPT,
    counter_flow,
    eaten,
    episode,
    lives_as_spoof,
    stood_and_pulled,
    swept_at,
)
from compose.evaluation.injection.episode import Act, Episode, Group, Move
from compose.evaluation.injection.path import sign_of
from compose.evaluation.injection.stage import Stage
from schemas.signals import Classification, Side

_CLEAN = Group.CLEAN


def spoofer(stage: Stage, side: Side) -> Act | None:
    """Shows an order for a moment and pulls it untouched."""
    ranges = stage.ranges
    first = stage.some_update()
    last = stage.after(first, stage.draw(ranges.lure_life_ms))
    y = stage.away(side, first, stage.draw(ranges.lure_distance_bps))
    if last is None or not lives_as_spoof(stage, first, last):
        return None
    if not (stage.covers(side, y, first) and stage.untouched(side, y, first, last)):
        return None
    if not stage.is_quiet(side, y, first):
        return None
    moves = stood_and_pulled(stage.size(y * sign_of(side)), first, last)
    shown = episode(stage, "spoofer", _CLEAN, Classification.SPOOF, side, y, moves)
    return Act((shown,), counter_flow(stage, side, last))


def layerer(stage: Stage, side: Side) -> Act | None:
    """Several orders of one side that live too long for a lure each and go together."""
    ranges = stage.ranges
    begin = stage.some_update()
    end = stage.after(begin, stage.draw(ranges.layer_life_ms))
    if end is None:
        return None
    calm = ranges.calm_left
    layers: list[tuple[int, int, int]] = []
    distance = stage.draw(ranges.layer_first_bps)
    for _ in range(stage.count(ranges.layers)):
        first = stage.after(begin, stage.draw(ranges.layer_spread_ms))
        last = stage.after(end, stage.draw(ranges.layer_spread_ms))
        if first is None or last is None:
            return None
        life_ms = stage.time(last) - stage.time(first)
        y = stage.away(side, first, distance)
        if layers and y <= layers[-1][0]:
            y = layers[-1][0] + 1
        if not 3_050 <= life_ms < PERSISTENT_MS - 500:
            return None
        if not (stage.covers(side, y, first) and stage.untouched(side, y, first, last)):
            return None
        if not stage.is_quiet(side, y, first) or stage.left(side, y, first, last) < calm:
            return None
        layers.append((y, first, last))
        distance += stage.draw(ranges.layer_gap_bps)
    third = sorted(last for _, _, last in layers)[2]
    return Act(
        tuple(
            episode(
                stage,
                "layerer",
                _CLEAN,
                Classification.MANIPULATION,
                side,
                y,
                stood_and_pulled(stage.size(y * sign_of(side)), first, last),
                knowable=max(third, last),
                fragile=True,
            )
            for y, first, last in layers
        )
    )


def defender(stage: Stage, side: Side) -> Act | None:
    """Stands for long, some tested by takers, and is taken back at last."""
    tested = stage.random.random() < 0.5
    first = stage.some_update()
    last = stage.after(first, stage.draw(stage.ranges.defence_life_ms))
    if last is None:
        return None
    if tested:
        y = stage.crossed_by(side, first, last) + stage.count((0, 2))
    else:
        y = stage.away(side, first, stage.draw(stage.ranges.defence_distance_bps))
    found = standing(stage, side, y, first, last, tested)
    return None if found is None else Act((found,))


def standing(
    stage: Stage,
    side: Side,
    y: int,
    first: int,
    last: int,
    tested: bool,
    actor: str = "defender",
    group: Group = _CLEAN,
) -> Episode | None:
    """Return the episode of an order that is meant; None where it could not stand."""
    lots = stage.size(y * sign_of(side))
    moves = [Move(first, placed=lots)]
    known = stage.after(first, PERSISTENT_MS)
    touches = stage.calm(side, y, stage.touches(side, y, first, last - 1))
    if known is None or not stage.is_quiet(side, y, first):
        return None
    if stage.distance_bps(side, y, first) < 0.2 or not stage.covers(side, y, first):
        return None
    if stage.left(side, y, first, last) < stage.ranges.calm_left:
        return None
    if tested:
        if not touches:
            return None
        moves += eaten(stage, touches, round(lots * stage.draw(stage.ranges.defence_fill)))
    elif not stage.untouched(side, y, first, last):
        return None
    moves.append(Move(last, pulled=lots - sum(move.traded for move in moves)))
    return episode(stage, actor, group, DEFENDED[side], side, y, moves, knowable=known)


def absorbed(stage: Stage, side: Side) -> Act | None:
    """Takers come to the order and eat it whole."""
    return _swept(stage, side, "absorbed", 1.0)


def partly_filled(stage: Stage, side: Side) -> Act | None:
    """Takers eat a good part before the rest is pulled."""
    return _swept(stage, side, "partly filled", stage.draw(stage.ranges.sweep_fill))


def _swept(stage: Stage, side: Side, actor: str, share: float) -> Act | None:
    ranges = stage.ranges
    first = stage.some_update()
    wait = stage.draw(ranges.sweep_wait_ms)
    last = stage.after(first, wait + ranges.sweep_ms)
    if last is None:
        return None
    y = stage.crossed_by(side, first, last) + stage.count((0, 2))
    touches = stage.calm(side, y, stage.touches(side, y, first, last - 2))
    late = [k for k in touches if stage.time(k) >= stage.time(first) + wait / 2]
    if len(late) < 2 or stage.distance_bps(side, y, first) < 0.2:
        return None
    if not (stage.covers(side, y, first) and stage.is_quiet(side, y, first)):
        return None
    lots = stage.size(y * sign_of(side))
    moves = [Move(first, placed=lots), *eaten(stage, late, round(lots * share))]
    known = swept_at(lots, moves)
    left = lots - sum(move.traded for move in moves)
    if left:
        pull = stage.after(moves[-1].update, stage.draw((60, 1_500)))
        if pull is None or pull > last:
            return None
        moves.append(Move(pull, pulled=left))
    found = episode(
        stage, actor, _CLEAN, SWEPT[side], side, y, moves, knowable=known, pulled=left > 0
    )
    return Act((found,))


def flicker(stage: Stage, side: Side) -> Act | None:
    """A market maker whose large quote blinks: no order at all."""
    ranges = stage.ranges
    first = stage.some_update()
    y = stage.away(side, first, stage.draw(ranges.flicker_distance_bps))
    lots = stage.size(y * sign_of(side))
    blinks = []
    for _ in range(stage.count(ranges.flicker_blinks)):
        last = stage.after(first, stage.draw(ranges.flicker_ms))
        if last is None or stage.time(last) - stage.time(first) >= 245:
            return None
        if not (stage.untouched(side, y, first, last) and stage.is_quiet(side, y, first)):
            return None
        moves = stood_and_pulled(lots, first, last)
        blinks.append(
            episode(stage, "flicker", _CLEAN, Classification.UNKNOWN, side, y, moves, pulled=False)
        )
        again = stage.after(last, stage.draw(ranges.flicker_gap_ms))
        if again is None:
            return None
        first = again
    return Act(tuple(blinks))


def innocent(stage: Stage, side: Side) -> Act | None:
    """A large order far away that is taken back, which means nothing."""
    first = stage.some_update()
    last = stage.after(first, stage.draw(stage.ranges.innocent_life_ms))
    y = stage.away(side, first, stage.draw(stage.ranges.innocent_distance_bps))
    if last is None or stage.time(last) - stage.time(first) >= PERSISTENT_MS - 500:
        return None
    if not (stage.untouched(side, y, first, last) and stage.is_quiet(side, y, first)):
        return None
    if stage.left(side, y, first, last) < stage.ranges.calm_left:
        return None
    moves = stood_and_pulled(stage.size(y * sign_of(side)), first, last)
    label = Classification.UNKNOWN
    found = episode(stage, "innocent", _CLEAN, label, side, y, moves, fragile=True)
    return Act((found,))

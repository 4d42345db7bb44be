"""Honest or eaten orders that are hard to follow."""

from __future__ import annotations

from dataclasses import replace

from compose.evaluation.actors.clean import standing
from compose.evaluation.actors.parts import (
    DEFENDED,
    PERSISTENT_MS,
    SWEPT,
    eaten,
    episode,
    lives_as_spoof,
    parts,
    stood_and_pulled,
    swept_at,
)
from compose.evaluation.injection.episode import Act, Episode, Group, Move
from compose.evaluation.injection.path import sign_of
from compose.evaluation.injection.stage import Stage
from schemas.signals import Classification, Side

_HARD = Group.ADVERSARIAL
_NONE = Classification.UNKNOWN


def iceberg(stage: Stage, side: Side) -> Act | None:
    """Shows a part of itself and refills whenever that is nearly eaten."""
    ranges = stage.ranges
    first = stage.some_update()
    last = stage.after(first, stage.draw(ranges.sweep_wait_ms) + 2 * ranges.sweep_ms)
    if last is None:
        return None
    y = stage.crossed_by(side, first, last) + stage.count((0, 1))
    touches = stage.calm(side, y, stage.touches(side, y, first, last - 2))
    if stage.distance_bps(side, y, first) < 0.1 or not stage.covers(side, y, first):
        return None
    if not stage.is_quiet(side, y, first):
        return None
    lots = stage.size(y * sign_of(side))
    moves = [Move(first, placed=lots)]
    shown, free = lots, first
    for _ in range(stage.count(ranges.iceberg_refills)):
        bite = [k for k in touches if k > free][: stage.count((1, 3))]
        if not bite:
            return None
        eat = shown - round(lots * stage.draw(ranges.iceberg_left))
        moves += [
            Move(k, traded=part) for k, part in zip(bite, parts(stage, eat, len(bite)), strict=True)
        ]
        refill = stage.after(bite[-1], stage.draw(ranges.iceberg_refill_ms))
        if refill is None or stage.time(refill) - stage.time(bite[-1]) >= 900:
            return None
        moves.append(Move(refill, placed=eat))
        shown, free = lots, refill
    final = [k for k in touches if k > free][: stage.count((1, 3))]
    if not final or stage.time(final[-1]) - stage.time(free) > ranges.sweep_ms:
        return None
    moves += [
        Move(k, traded=part) for k, part in zip(final, parts(stage, lots, len(final)), strict=True)
    ]
    known = swept_at(lots, moves)
    label = SWEPT[side]
    found = episode(
        stage, "iceberg", _HARD, label, side, y, moves, knowable=known, pulled=False, iceberg=True
    )
    return Act((found,))


def same_update(stage: Stage, side: Side) -> Act | None:
    """Takers get a part and the rest is cancelled, all in one depth update."""
    ranges = stage.ranges
    swept = stage.random.random() < 0.6
    share = stage.draw(ranges.same_update_fill[1 if swept else 0])
    first = stage.some_update()
    last = stage.after(first, stage.draw(ranges.lure_life_ms))
    if last is None or not lives_as_spoof(stage, first, last):
        return None
    y = stage.crossed_by(side, first, last) + stage.count((0, 1))
    touches = stage.calm(side, y, stage.touches(side, y, first + 6, last))
    if not touches or stage.distance_bps(side, y, first) < 0.1:
        return None
    if not (stage.covers(side, y, first) and stage.is_quiet(side, y, first)):
        return None
    end = stage.random.choice(touches)
    lots = stage.size(y * sign_of(side))
    traded = round(lots * share)
    moves = [Move(first, placed=lots), Move(end, traded=traded, pulled=lots - traded)]
    label = SWEPT[side] if swept else Classification.SPOOF
    return Act((episode(stage, "same update", _HARD, label, side, y, moves),))


def hidden(stage: Stage, side: Side) -> Act | None:
    """A defender at whose price takers also meet quantity that is never displayed."""
    first = stage.some_update()
    last = stage.after(first, stage.draw(stage.ranges.defence_life_ms))
    if last is None:
        return None
    y = stage.crossed_by(side, first, last) + stage.count((0, 2))
    touches = stage.calm(side, y, stage.touches(side, y, first, last - 1), still=True)
    known = stage.after(first, PERSISTENT_MS)
    if not touches or known is None or stage.distance_bps(side, y, first) < 0.2:
        return None
    if not (stage.covers(side, y, first) and stage.is_quiet(side, y, first)):
        return None
    if stage.left(side, y, first, last) < stage.ranges.calm_left:
        return None
    lots = stage.size(y * sign_of(side))
    bites = eaten(stage, touches, round(lots * stage.draw(stage.ranges.hidden_share)))
    unseen = [Move(move.update, hidden=move.traded) for move in bites]
    moves = [Move(first, placed=lots), *unseen, Move(last, pulled=lots)]
    label = DEFENDED[side]
    return Act((episode(stage, "hidden", _HARD, label, side, y, moves, knowable=known),))


def outside_pulled(stage: Stage, side: Side) -> Act | None:
    """Appears where the book is not known completely, so its birth is not known either."""
    first = stage.some_update()
    last = stage.after(first, stage.draw(stage.ranges.lure_life_ms))
    y = _outside(stage, side, first)
    if last is None or y is None or not lives_as_spoof(stage, first, last):
        return None
    if not stage.untouched(side, y, first, last):
        return None
    moves = stood_and_pulled(stage.size(y * sign_of(side)), first, last)
    found = episode(stage, "outside, pulled", _HARD, _NONE, side, y, moves, fragile=True)
    return Act((found,))


def outside_stands(stage: Stage, side: Side) -> Act | None:
    """The same, but it stays."""
    first = stage.some_update()
    last = stage.after(first, stage.draw(stage.ranges.defence_life_ms))
    known = stage.after(first, PERSISTENT_MS)
    y = _outside(stage, side, first)
    if last is None or known is None or y is None or not stage.untouched(side, y, first, last):
        return None
    moves = stood_and_pulled(stage.size(y * sign_of(side)), first, last)
    label = DEFENDED[side]
    found = episode(stage, "outside, stands", _HARD, label, side, y, moves, knowable=known)
    return Act((found,))


def _outside(stage: Stage, side: Side, first: int) -> int | None:
    beyond = stage.ticks(side, first, stage.draw(stage.ranges.outside_bps))
    y = stage.coverage.at(side, first) + beyond
    tick = y * sign_of(side)
    empty = not any(stage.path.lots(side, tick, update) for update in (first - 1, first))
    return y if empty else None


def reset_pulled(stage: Stage, side: Side) -> Act | None:
    """The feed loses the book while a lure stands: nobody can tell what became of it."""
    first = stage.some_update()
    last = stage.after(first, stage.draw(stage.ranges.lure_life_ms))
    y = stage.away(side, first, stage.draw(stage.ranges.lure_distance_bps))
    if last is None or last - first < 16 or not lives_as_spoof(stage, first, last):
        return None
    if not (stage.covers(side, y, first) and stage.untouched(side, y, first, last)):
        return None
    if not stage.is_quiet(side, y, first):
        return None
    moves = stood_and_pulled(stage.size(y * sign_of(side)), first, last)
    found = episode(stage, "reset, pulled", _HARD, _NONE, side, y, moves, fragile=True)
    return Act((found,), reset=stage.random.randint(first + 6, last - 6))


def reset_stands(stage: Stage, side: Side) -> Act | None:
    """The same with an order that stands long enough after it to be told again."""
    first = stage.some_update()
    lost = stage.after(first, stage.draw((600, 8_000)))
    if lost is None:
        return None
    known = stage.after(lost, PERSISTENT_MS)
    last = stage.after(lost, stage.draw(stage.ranges.defence_life_ms))
    if known is None or last is None:
        return None
    y = stage.away(side, first, stage.draw(stage.ranges.defence_distance_bps))
    stood: Episode | None = standing(
        stage, side, y, first, last, tested=False, actor="reset, stands", group=_HARD
    )
    if stood is None:
        return None
    found = replace(stood, knowable=known, fragile=True)
    return Act((found,), reset=lost)


def retreat(stage: Stage, side: Side) -> Act | None:
    """A near order that is taken back although the price goes away from it."""
    first = stage.some_update()
    last = stage.after(first, stage.draw(stage.ranges.innocent_life_ms))
    y = stage.away(side, first, stage.draw(stage.ranges.retreat_distance_bps))
    if last is None or stage.time(last) - stage.time(first) >= PERSISTENT_MS - 500:
        return None
    if not (stage.covers(side, y, first) and stage.untouched(side, y, first, last)):
        return None
    if stage.left(side, y, first, last) < 1:
        return None
    if not stage.is_quiet(side, y, first):
        return None
    moves = stood_and_pulled(stage.size(y * sign_of(side)), first, last)
    return Act((episode(stage, "retreat", _HARD, _NONE, side, y, moves, fragile=True),))

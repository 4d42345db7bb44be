"""Who acts on several markets: every range crosses the limits of what it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from compose.evaluation.cross.labels import Label, lure_label, moved_label, opened_label
from compose.evaluation.cross.stage import CrossStage, CrossStory
from compose.evaluation.cross.tapes import MarketTape, helped, usual
from compose.evaluation.injection.episode import TouchTrade
from schemas.signals import Side

CrossActor = Callable[[CrossStage, int], CrossStory | None]
"""Given when it begins (ms); None where the drawn place does not suit."""

DISTANCE_BPS: Final = (1.2, 12.0)
TAKING_MS: Final = 2_000
PARTS: Final = (1, 6)
OTHER: Final = {Side.ASK: Side.BID, Side.BID: Side.ASK}


def together(stage: CrossStage, begin: int) -> CrossStory | None:
    """Puts a wall on two markets, or on all, within 1.4 s, each of a size of its own."""
    count = len(stage.tapes) if stage.random.random() < 0.5 else 2
    return _opened(stage, begin, "together", (0, 1_400), apart=(0.0, 7.0), count=count)


def later(stage: CrossStage, begin: int) -> CrossStory | None:
    """Puts the same, or about the same, on another market 0.9 to 12 s later."""
    return _opened(stage, begin, "later", (900, 12_000), apart=(0.0, 6.5), alike=True)


def coincidence(stage: CrossStage, begin: int) -> CrossStory | None:
    """Two strangers at one time: farther apart, on the other side, or of another size later."""
    what = stage.random.choice(("apart", "sides", "sizes"))
    if what == "apart":
        return _opened(stage, begin, "coincidence", (0, 9_000), apart=(6.2, 16.0), alike=True)
    if what == "sides":
        return _opened(
            stage, begin, "coincidence", (0, 9_000), apart=(0.0, 3.0), alike=True, same_side=False
        )
    return _opened(stage, begin, "coincidence", (1_300, 9_000), apart=(0.0, 3.0), ratio=(1.5, 2.2))


def moved(stage: CrossStage, begin: int) -> CrossStory | None:
    """Pulls on one market and puts about the same on another up to 1.8 s later."""
    random, side = stage.random, stage.random.choice(list(Side))
    here, there = stage.markets(2)
    pulled_at = begin + _logarithmic(stage, (1_300, 16_000))
    bps = _logarithmic(stage, DISTANCE_BPS)
    qty = stage.qty([here, there], side, bps, begin)
    price = stage.price(here, side, bps, begin)
    first = stage.order(here, side, price, qty, begin, pulled_at)
    if first is None:
        return None
    apart = random.uniform(-6.5, 6.5)
    ratio = _ratio(stage)
    since = first.last_ms + random.uniform(0, 1_800)
    price = stage.translated(first.price, here, there, int(since), apart)
    second = stage.order(there, side, price, qty * ratio, since, since + _life(stage))
    if second is None:
        return None
    label = moved_label(second.first_ms - first.last_ms, abs(apart), ratio)
    return CrossStory("moved", label, (first, second))


def lure(stage: CrossStage, begin: int) -> CrossStory | None:
    """Shows and pulls on one market; on another one takers take much or little, with or against
    it, about then or at another time."""
    random, side = stage.random, stage.random.choice(list(Side))
    here, there = stage.markets(2)
    pulled_at = begin + _logarithmic(stage, (450, 14_000))
    bps = _logarithmic(stage, (0.8, 10.0))
    qty = stage.qty([here], side, bps, begin)
    leg = stage.order(here, side, stage.price(here, side, bps, begin), qty, begin, pulled_at)
    if leg is None:
        return None
    tape = stage.tapes[there]
    since, until = leg.last_ms - TAKING_MS, leg.last_ms + TAKING_MS
    normal = usual(tape, 2 * TAKING_MS, since)
    wanted = max(normal * _logarithmic(stage, (3.0, 30.0)), qty * _logarithmic(stage, (0.1, 1.5)))
    consumed = side if random.random() < 0.8 else OTHER[side]
    middle = leg.last_ms + random.uniform(-2_900, 2_900)
    flow, placed = _taken(stage, tape, consumed, wanted, middle)
    with_it, against = helped(tape, side, since, until)
    for time, amount in placed:
        if since <= time < until:
            with_it += amount if consumed is side else 0.0
            against += 0.0 if consumed is side else amount
    share = with_it / (with_it + against) if with_it else 0.0
    label = lure_label(
        leg.last_ms - leg.first_ms, share, with_it / normal if normal else 99.0, with_it / qty
    )
    edges = [abs(abs(time - leg.last_ms) - TAKING_MS) for time, _ in placed]
    if min(edges, default=TAKING_MS) < 250 and not label.doubt:
        label = Label(label.kind, "takers about the time")
    return CrossStory("lure", label, (leg,), tuple((there, trade) for trade in flow))


CAST: Final[tuple[CrossActor, ...]] = (
    together,
    together,
    later,
    later,
    moved,
    moved,
    moved,
    lure,
    lure,
    lure,
    coincidence,
    coincidence,
)
"""Who appears, and how often beside the others."""


def _opened(
    stage: CrossStage,
    begin: int,
    actor: str,
    delay_ms: tuple[float, float],
    *,
    apart: tuple[float, float],
    count: int = 2,
    alike: bool = False,
    ratio: tuple[float, float] | None = None,
    same_side: bool = True,
) -> CrossStory | None:
    random, side = stage.random, stage.random.choice(list(Side))
    markets = stage.markets(count)
    bps = _logarithmic(stage, DISTANCE_BPS)
    qty = stage.qty(markets, side, bps, begin)
    delays = sorted(random.uniform(*delay_ms) for _ in markets[1:])
    until = begin + delays[-1] + _life(stage)
    first = stage.order(
        markets[0], side, stage.price(markets[0], side, bps, begin), qty, begin, until
    )
    if first is None:
        return None
    legs, labels = [first], []
    for market, delay in zip(markets[1:], delays, strict=True):
        way = random.choice((-1, 1)) * random.uniform(*apart)
        if count > 2:
            # Pieces of one wall are compared with each other, not with the first alone.
            way /= 2
        times = random.uniform(*ratio) if ratio else _ratio(stage) if alike else _own_size(stage)
        mine = side if same_side else OTHER[side]
        since = begin + delay
        if same_side:
            price = stage.translated(first.price, markets[0], market, int(since), way)
        else:
            price = stage.price(market, mine, bps, int(since))
        gone = since + _life(stage)
        leg = stage.order(market, mine, price, qty * times, since, gone)
        if leg is None:
            return None
        legs.append(leg)
        late = leg.first_ms - first.first_ms
        labels.append(opened_label(late, abs(way), times, same_side=same_side))
    return CrossStory(actor, _joined(labels), tuple(legs))


def _joined(labels: list[Label]) -> Label:
    """Return the label of a wall of several pieces: the clearest of its pairs."""
    clear = [label for label in labels if label.kind is not None and not label.doubt]
    doubtful = [label for label in labels if label.doubt]
    if clear:
        return clear[0]
    return doubtful[0] if doubtful else labels[0]


def _taken(
    stage: CrossStage, tape: MarketTape, side: Side, qty: float, middle: float
) -> tuple[list[TouchTrade], list[tuple[int, float]]]:
    """Return taker volume in some updates around a moment, and when it is how much (base)."""
    random = stage.random
    count = random.randint(*PARTS)
    times = sorted(middle + random.uniform(-500, 500) for _ in range(count))
    updates = sorted({max(1, tape.update_at(time)) for time in times})
    lots = max(1, tape.path.grid.lots(qty / len(updates)))
    placed = [(tape.time(update), tape.path.grid.qty(lots)) for update in updates]
    return [TouchTrade(update, side, lots) for update in updates], placed


def _ratio(stage: CrossStage) -> float:
    """Return a size as a multiple of another that it mostly means to equal."""
    if stage.random.random() < 0.65:
        return stage.random.uniform(0.88, 1.12)
    return stage.random.uniform(0.62, 1.5)


def _own_size(stage: CrossStage) -> float:
    return _logarithmic(stage, (1.0, 2.5))


def _life(stage: CrossStage) -> float:
    return _logarithmic(stage, (1_600, 14_000))


def _logarithmic(stage: CrossStage, span: tuple[float, float]) -> float:
    low, high = span
    return math.exp(stage.random.uniform(math.log(low), math.log(high)))

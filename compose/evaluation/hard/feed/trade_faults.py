"""Trades that are lost, late or aggregated before ingest packs them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from schemas.market import Trade

LOST_MS: Final = (100, 1_500)
"""So long nothing of the trade stream arrives."""
LATE_MS: Final = (300, 3_000)
"""Trades of such a stretch come so much later, while the clock of their connection goes on."""
NIBBLED: Final = 0.3
"""Chance that single trades are lost in place of a whole stretch."""
NIBBLED_SHARE: Final = 0.5
AGGREGATED_MS: Final = 100
"""Fills of one price and side within this time become one trade."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A trade and when it reaches ingest."""

    at_us: int
    """Receive time, microseconds."""
    trade: Trade


def lost(arrivals: Sequence[Arrival], moments: Sequence[int], random: Random) -> list[Arrival]:
    """Lose the trades around some moments (event time, ms)."""
    spans = [(moment, *_around(moment, LOST_MS, random)) for moment in moments]
    whole = [(low, high) for _, low, high in spans if random.random() >= NIBBLED]
    nibbled = [(low, high) for _, low, high in spans if (low, high) not in whole]
    return [
        one
        for one in arrivals
        if not _within(one, whole)
        and not (_within(one, nibbled) and random.random() < NIBBLED_SHARE)
    ]


def late(arrivals: Sequence[Arrival], moments: Sequence[int], random: Random) -> list[Arrival]:
    """Delay the trades around some moments (event time, ms)."""
    spans = [_around(moment, LOST_MS, random) for moment in moments]
    delays = {span: random.randint(*LATE_MS) * 1_000 for span in spans}
    moved = []
    for one in arrivals:
        by = max((delays[span] for span in spans if _within(one, [span])), default=0)
        moved.append(Arrival(one.at_us + by, one.trade))
    return sorted(moved, key=lambda arrival: arrival.at_us)


def aggregated(arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Make one trade of the fills of one price and side that follow each other at once; its time
    is that of the last of them, its number a new one."""
    merged: list[Arrival] = []
    begun = 0
    for one in arrivals:
        trade = one.trade
        before = merged[-1].trade if merged else None
        if (
            before is not None
            and (before.price, before.taker) == (trade.price, trade.taker)
            and trade.event_time - begun <= AGGREGATED_MS
        ):
            merged[-1] = Arrival(
                one.at_us,
                before._replace(
                    event_time=max(before.event_time, trade.event_time),
                    qty=before.qty + trade.qty,
                ),
            )
        else:
            begun = trade.event_time
            merged.append(Arrival(one.at_us, trade._replace(trade_id=len(merged) + 1)))
    return merged


def _around(moment: int, span_ms: tuple[int, int], random: Random) -> tuple[int, int]:
    length = random.randint(*span_ms)
    begin = moment - random.randint(0, length)
    return begin, begin + length


def _within(arrival: Arrival, spans: Sequence[tuple[int, int]]) -> bool:
    time = arrival.trade.event_time
    return any(low <= time <= high for low, high in spans)

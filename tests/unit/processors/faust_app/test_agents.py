"""An agent hands over the runs of a fetch in order, until a rebalance."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import faust
from faust.types import TP, StreamT

from processors.faust_app.agents import add_agent
from processors.faust_app.transport import Run

Consume = Callable[[StreamT[Any]], Awaitable[None]]
RUNS = [Run(TP("market.depth", number), [object()]) for number in range(3)]


@dataclass
class App:
    """What an agent needs of Faust's app."""

    consumer_generation_id: int = 7
    consume: Consume | None = None

    def topic(self, *topics: str, **_: Any) -> Sequence[str]:
        return topics

    def agent(self, source: Sequence[str], name: str) -> Callable[[Consume], None]:
        def take(consume: Consume) -> None:
            self.consume = consume

        return take


class Stream:
    """Two events of the generation 7."""

    async def events(self) -> AsyncIterator[SimpleNamespace]:
        for _ in range(2):
            yield SimpleNamespace(message=SimpleNamespace(generation_id=7), value=RUNS)


async def _handed(rebalance_at: int) -> list[TP]:
    """Return what an agent hands over of two fetches where the app is rebalanced in a handler."""
    app, handed = App(), list[TP]()

    async def handler(tp: TP, records: Sequence[Any]) -> None:
        if len(handed) == rebalance_at:
            app.consumer_generation_id += 1
        handed.append(tp)

    add_agent(cast("faust.App", app), "agent", ["market.depth"], handler)
    assert app.consume is not None
    await app.consume(cast("StreamT[Any]", Stream()))
    return handed


async def test_all_runs_are_handed_over_in_order() -> None:
    assert await _handed(rebalance_at=99) == [run.tp for run in RUNS] * 2


async def test_what_was_fetched_before_a_rebalance_is_dropped_from_where_it_came() -> None:
    assert await _handed(rebalance_at=1) == [run.tp for run in RUNS[:2]]

"""The Faust agents: each hands the runs of its topics to a plain handler."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import faust
from faust.types import TP, StreamT

RunHandler = Callable[[TP, Sequence[Any]], Awaitable[None]]
"""Given the topic partition and the consecutive records that were fetched of it."""


class AgentLife:
    """Whether an agent runs. Faust starts one that failed again."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._running = 0
        self._changed_s = time.monotonic()

    @property
    def gone_s(self) -> float:
        """For how many seconds it has not run; 0 while it does."""
        return 0.0 if self._running else time.monotonic() - self._changed_s

    def __enter__(self) -> None:
        self._running += 1

    def __exit__(self, *_: object) -> None:
        self._running -= 1
        self._changed_s = time.monotonic()


def add_agent(app: faust.App, name: str, topics: Sequence[str], handler: RunHandler) -> AgentLife:
    """Subscribe `handler` to `topics` with one agent; the answer tells whether it runs.

    Faust neither decodes nor acknowledges: a value is all runs of raw records of one fetch (see
    `processors.faust_app.transport`), and positions are kept with the state, not in the consumer
    group.
    """
    source = app.topic(
        *topics,
        key_type=bytes,
        value_type=bytes,
        key_serializer="raw",
        value_serializer="raw",
        acks=False,
    )

    life = AgentLife(name)

    async def consume(stream: StreamT[Any]) -> None:
        with life:
            async for event in stream.events():
                for run in event.value:
                    if event.message.generation_id != app.consumer_generation_id:
                        break  # The rebalance in between seeks by itself.
                    await handler(run.tp, run.records)

    app.agent(source, name=name)(consume)
    return life

"""The Faust agents: each hands the runs of its topics to a plain handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import faust
from faust.types import TP, StreamT

RunHandler = Callable[[TP, Sequence[Any]], Awaitable[None]]
"""Given the topic partition and the consecutive records that were fetched of it."""


def add_agent(app: faust.App, name: str, topics: Sequence[str], handler: RunHandler) -> None:
    """Subscribe `handler` to `topics` with one agent.

    Faust neither decodes nor acknowledges: values are runs of raw records (see
    `processors.transport`), and positions are kept with the state, not in the consumer group.
    """
    source = app.topic(
        *topics,
        key_type=bytes,
        value_type=bytes,
        key_serializer="raw",
        value_serializer="raw",
        acks=False,
    )

    async def consume(stream: StreamT[Any]) -> None:
        async for event in stream.events():
            await handler(event.message.tp, event.value)

    app.agent(source, name=name)(consume)

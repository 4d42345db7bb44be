"""Keeps one connection alive: opens it again whenever it ends."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from ingest.backoff import Backoff
from ingest.connection import Ending, Outcome

logger = logging.getLogger(__name__)

PROVED_S: Final = 30.0
"""A connection that lived this long and brought frames has proved that the venue is well."""


async def supervise(
    name: str,
    run_once: Callable[[], Awaitable[Outcome]],
    on_end: Callable[[Outcome], None],
    backoff: Backoff,
) -> None:
    """Run connections one after the other until the source is exhausted.

    `on_end` is called after each, before the next one is opened. One that reached its age limit is
    followed at once; that is the place where its successor can be opened first.
    """
    while True:
        outcome = await run_once()
        on_end(outcome)
        if outcome.ending is Ending.END_OF_STREAM:
            return
        if outcome.ending is Ending.AGED:
            continue
        if outcome.connected_s >= PROVED_S and outcome.frames:
            backoff.succeeded()
        delay_s = backoff.next_s()
        logger.warning(
            "connection %s %s (%s); next attempt in %.1f s",
            name,
            outcome.ending.value,
            outcome.detail,
            delay_s,
        )
        await asyncio.sleep(delay_s)

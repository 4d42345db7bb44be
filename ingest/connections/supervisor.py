"""Keeps one shard connected: opens again whatever ends, and replaces a connection in good time.

The successor is opened first and its frames are held. It takes over once every stream is known to
go on in it where the old connection has arrived, so nothing is missing; what both brought is
recognized by its update or trade id.
"""

import asyncio
import logging
import math
from asyncio import FIRST_COMPLETED
from collections.abc import Callable
from typing import Final

from ingest.connections.backoff import Backoff
from ingest.connections.connection import Ending, Outcome
from ingest.connections.link import Link

logger = logging.getLogger(__name__)

PROVED_S: Final = 30.0
"""A connection that lived this long and brought frames has proved that the venue is well."""
STEP_S: Final = 0.02
"""How often a handover looks whether the successor has caught up."""
SETTLE_S: Final = 2.0
"""Streams that have sent nothing on the successor by then are quiet. A round trip on the old
connection then shows that nothing of them is still on its way."""
HANDOVER_LIMIT_S: Final = 20.0
"""A successor that is not ready by then is given up; the old connection has half an hour left."""
PROOF_TIMEOUT_S: Final = 5.0
LAG_LIMIT_S: Final = 3.0
"""How far the old connection may be behind the new one; then a gap is better than to wait on."""


class ShardKeeper:
    """`run` once; cancel it to close the connections."""

    def __init__(
        self,
        name: str,
        open_link: Callable[[bool], Link],
        on_end: Callable[[Outcome], None],
        backoff: Backoff,
        lifetime_s: float,
        proved_s: float = PROVED_S,
    ) -> None:
        """`open_link(speaks)` makes a link; `on_end` is told when the shard has lost its only
        one; `lifetime_s`: age at which a connection is replaced."""
        self._name = name
        self._open_link = open_link
        self._on_end = on_end
        self._backoff = backoff
        self._lifetime_s = lifetime_s
        self._proved_s = proved_s
        self._clock = asyncio.get_running_loop().time
        self._wish = asyncio.Event()
        self.link: Link | None = None
        """The link that speaks."""
        self.rotations = 0
        """Connections replaced before they ended."""

    async def run(self) -> None:
        """Return when the source is exhausted."""
        while True:
            async with asyncio.TaskGroup() as group:
                outcome = await self._live(group)
            self.link = None
            self._on_end(outcome)
            if outcome.ending is Ending.END_OF_STREAM:
                return
            delay_s = self._backoff.next_s()
            logger.warning(
                "connection %s %s (%s); next attempt in %.1f s",
                self._name,
                outcome.ending.value,
                outcome.detail,
                delay_s,
            )
            await asyncio.sleep(delay_s)

    def renew(self) -> None:
        """Replace the connection now: some of its streams may be dead."""
        self._wish.set()

    async def _due(self, task: "asyncio.Task[Outcome]", pause_s: float) -> None:
        """Return when the link has ended or has to be replaced."""
        wish = asyncio.create_task(self._wish.wait())
        try:
            await asyncio.wait((task, wish), timeout=pause_s, return_when=FIRST_COMPLETED)
        finally:
            wish.cancel()
        self._wish.clear()

    async def _live(self, group: asyncio.TaskGroup) -> Outcome:
        """Run a link and its successors until the one that speaks has ended."""
        link = self._open_link(True)
        task = group.create_task(link.run())
        attempts = Backoff(base_s=5.0, cap_s=300.0)
        while True:
            self.link = link
            pause_s = self._lifetime_s
            while True:
                await self._due(task, pause_s)
                if task.done():
                    outcome = task.result()
                    if outcome.connected_s >= self._proved_s and link.frames:
                        self._backoff.succeeded()
                    return outcome
                successor = self._open_link(False)
                next_task = group.create_task(successor.run())
                if await self._hand_over(link, task, successor, next_task):
                    break
                await self._end(successor, next_task, "not ready in time")
                if not task.done():
                    pause_s = attempts.next_s()
                    logger.warning(
                        "connection %s: its successor failed; next attempt in %.0f s",
                        self._name,
                        pause_s,
                    )
            self.rotations += 1
            self.link = successor
            self._wish.clear()
            successor.speak()
            await self._end(link, task, "replaced")
            link, task = successor, next_task

    async def _hand_over(
        self,
        old: Link,
        old_task: "asyncio.Task[Outcome]",
        new: Link,
        new_task: "asyncio.Task[Outcome]",
    ) -> bool:
        """Return True when the new link may take over, False if it cannot."""
        end_s = self._clock() + HANDOVER_LIMIT_S
        settled_s = arrived_s = math.inf
        proving: asyncio.Task[None] | None = None
        try:
            while self._clock() < end_s and not new.is_full:
                await asyncio.wait((old_task, new_task), timeout=STEP_S)
                if new_task.done() or (old_task.done() and not new.is_confirmed):
                    return False
                if not new.is_confirmed:
                    continue
                if old_task.done():
                    # What it still owed is found missing by the ids, if anything is.
                    return old_task.result().ending is not Ending.END_OF_STREAM
                settled_s = min(settled_s, self._clock() + SETTLE_S)
                if proving is None and (new.has_heard_all or self._clock() >= settled_s):
                    proving = asyncio.create_task(self._has_delivered_all(old))
                if proving is not None and proving.done():
                    arrived_s = min(arrived_s, self._clock())
                    if new.continues or self._clock() >= arrived_s + LAG_LIMIT_S:
                        return True
            return new.is_confirmed
        finally:
            if proving is not None:
                proving.cancel()

    async def _has_delivered_all(self, old: Link) -> None:
        try:
            async with asyncio.timeout(PROOF_TIMEOUT_S):
                await old.prove()
        except TimeoutError:
            # The old connection is dead, so there is nothing to wait for.
            logger.warning("connection %s does not answer any more", self._name)

    @staticmethod
    async def _end(link: Link, task: "asyncio.Task[Outcome]", reason: str) -> None:
        await link.close(reason)
        if not task.done():
            task.cancel()
        await asyncio.wait((task,))

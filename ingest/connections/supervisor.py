"""Keeps one shard connected: reconnects, and rotates a connection before it reaches its age limit.

Make before break: the standby connection is opened first and holds its frames. It is promoted once
every stream continues in it without a gap; frames that both connections delivered are deduplicated
by update id or trade id.
"""

import asyncio
import logging
import math
from asyncio import FIRST_COMPLETED
from collections.abc import Callable
from typing import Final

from ingest.connections.backoff import Backoff
from ingest.connections.connection import ConnectionEnd, ConnectionResult
from ingest.connections.shard_connection import ShardConnection

logger = logging.getLogger(__name__)

STABLE_S: Final = 30.0
"""A connection that lived this long and delivered frames resets the reconnect backoff."""
STEP_S: Final = 0.02
"""Polling interval of a handover."""
SETTLE_S: Final = 2.0
"""Streams without a frame on the standby by then are quiet. A ping round trip on the active
connection then shows that none of their frames is still in flight."""
HANDOVER_LIMIT_S: Final = 20.0
"""A standby that is not ready by then is closed; the active connection has half an hour left."""
PING_TIMEOUT_S: Final = 5.0
LAG_LIMIT_S: Final = 3.0
"""How long the active connection may lag behind the standby before a gap is accepted."""


class ShardKeeper:
    """`run` once; cancel it to close the connections."""

    def __init__(
        self,
        name: str,
        open_connection: Callable[[bool], ShardConnection],
        on_end: Callable[[ConnectionResult], None],
        backoff: Backoff,
        lifetime_s: float,
        stable_s: float = STABLE_S,
    ) -> None:
        """`open_connection(is_active)` makes a connection; `on_end` is called when the active one
        has ended; `lifetime_s`: age at which a connection is rotated; `stable_s`: age from which
        it resets the `backoff`."""
        self._name = name
        self._open_connection = open_connection
        self._on_end = on_end
        self._backoff = backoff
        self._lifetime_s = lifetime_s
        self._stable_s = stable_s
        self._clock = asyncio.get_running_loop().time
        self._renewal = asyncio.Event()
        self.active: ShardConnection | None = None
        """The active connection; None while there is none."""
        self.rotations = 0
        """Connections replaced before they ended."""

    async def run(self) -> None:
        """Return when the source is exhausted."""
        while True:
            async with asyncio.TaskGroup() as group:
                result = await self._live(group)
            self.active = None
            self._on_end(result)
            if result.end is ConnectionEnd.END_OF_STREAM:
                return
            delay_s = self._backoff.next_s()
            logger.warning(
                "connection %s %s (%s); next attempt in %.1f s",
                self._name,
                result.end.value,
                result.detail,
                delay_s,
            )
            await asyncio.sleep(delay_s)

    def renew(self) -> None:
        """Replace the connection now: some of its streams may be dead."""
        self._renewal.set()

    async def _due(self, task: "asyncio.Task[ConnectionResult]", pause_s: float) -> None:
        """Return when the connection has ended or has to be replaced."""
        renewal = asyncio.create_task(self._renewal.wait())
        try:
            await asyncio.wait((task, renewal), timeout=pause_s, return_when=FIRST_COMPLETED)
        finally:
            renewal.cancel()
        self._renewal.clear()

    async def _live(self, group: asyncio.TaskGroup) -> ConnectionResult:
        """Run a connection and its successors until the active one has ended."""
        connection = self._open_connection(True)
        task = group.create_task(connection.run())
        attempts = Backoff(base_s=5.0, cap_s=300.0)
        while True:
            self.active = connection
            pause_s = self._lifetime_s
            while True:
                await self._due(task, pause_s)
                if task.done():
                    result = task.result()
                    if result.connected_s >= self._stable_s and connection.frames:
                        self._backoff.succeeded()
                    return result
                successor = self._open_connection(False)
                next_task = group.create_task(successor.run())
                if await self._hand_over(connection, task, successor, next_task):
                    break
                await self._end(successor, next_task, "standby not ready in time")
                if not task.done():
                    pause_s = attempts.next_s()
                    logger.warning(
                        "connection %s: its replacement failed; next attempt in %.0f s",
                        self._name,
                        pause_s,
                    )
            self.rotations += 1
            self.active = successor
            self._renewal.clear()
            successor.promote()
            await self._end(connection, task, "replaced")
            connection, task = successor, next_task

    async def _hand_over(
        self,
        old: ShardConnection,
        old_task: "asyncio.Task[ConnectionResult]",
        new: ShardConnection,
        new_task: "asyncio.Task[ConnectionResult]",
    ) -> bool:
        """Return True when the standby may be promoted, False if it cannot."""
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
                    # Frames it did not deliver show up as a gap in the ids.
                    return old_task.result().end is not ConnectionEnd.END_OF_STREAM
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

    async def _has_delivered_all(self, old: ShardConnection) -> None:
        try:
            async with asyncio.timeout(PING_TIMEOUT_S):
                await old.prove()
        except TimeoutError:
            # The active connection is dead, so there is nothing to wait for.
            logger.warning("connection %s does not answer a ping", self._name)

    @staticmethod
    async def _end(
        connection: ShardConnection, task: "asyncio.Task[ConnectionResult]", reason: str
    ) -> None:
        await connection.close(reason)
        if not task.done():
            task.cancel()
        await asyncio.wait((task,))

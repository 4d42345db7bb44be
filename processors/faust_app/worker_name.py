"""The name of a worker, which is for one at a time: with two of one name the broker takes the
partitions from the first as soon as the second joins, and nobody is told.

Members of a group say by their client id which process they are. Who was killed stays a member
for a while, so a name that is in use may be one's own from before: on this machine the process
tells, for other machines one waits until the broker would have given up the dead.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from typing import Final, NamedTuple

import psutil

from processors.errors import WorkerError
from schemas.kafka.errors import TopicError
from schemas.kafka.members import client_ids
from schemas.settings import Settings

log = logging.getLogger(__name__)

_MARK: Final = "wallwatch-worker"
_LOOK_S: Final = 1.0
_MORE_S: Final = 2.0
"""How long after its time-out the broker may still know a member."""


class Holder(NamedTuple):
    """The process of a worker."""

    host: str
    pid: int
    began_ms: int
    """Tells it from a later process with the same number."""
    name: str

    @classmethod
    def own(cls, name: str) -> Holder:
        """Return this process as the worker of a name."""
        return cls(socket.gethostname(), os.getpid(), _began_ms(psutil.Process()), name)

    @classmethod
    def of(cls, client_id: str) -> Holder | None:
        """Return whose client id it is, None if no worker's."""
        mark, *parts = client_id.split("|", 4)
        if mark != _MARK or len(parts) != 4 or not (parts[1] + parts[2]).isdecimal():
            return None
        return cls(parts[0], int(parts[1]), int(parts[2]), parts[3])

    @property
    def client_id(self) -> str:
        """What its Kafka clients call themselves."""
        return f"{_MARK}|{self.host}|{self.pid}|{self.began_ms}|{self.name}"


async def refuse_taken_name(settings: Settings) -> None:
    """Return once nobody else has the name of this worker. Raises WorkerError."""
    own = Holder.own(settings.worker.instance_id)
    clock = asyncio.get_running_loop().time
    end = clock() + settings.kafka.session_timeout_s + _MORE_S
    told = False
    while holder := await _holder(settings, own):
        if holder.host == own.host or clock() >= end:
            raise WorkerError(
                f"the instance id {own.name} is taken by the worker with process id {holder.pid} "
                f"on {holder.host}: give this one another name (--instance-id), or end that one"
            )
        if not told:
            log.warning(
                "the instance id %s was in use on %s: waiting up to %.0f s whether it still is",
                own.name, holder.host, end - clock(),
            )  # fmt: skip
        told = True
        await asyncio.sleep(_LOOK_S)


async def _holder(settings: Settings, own: Holder) -> Holder | None:
    """Return who may have the name beside this process, None if nobody."""
    try:
        members = await client_ids(settings.kafka, settings.kafka.group)
    except TopicError as error:
        log.warning("who has the instance id %s is not known: %s", own.name, error)
        return None
    for client_id in members:
        holder = Holder.of(client_id)
        if holder is not None and holder.name == own.name and _may_live(holder, own):
            return holder
    return None


def _may_live(holder: Holder, own: Holder) -> bool:
    if holder.host != own.host:
        return True
    if holder.pid == own.pid:
        # This process, or in a container the one before it.
        return False
    try:
        process = psutil.Process(holder.pid)
        is_zombie = process.status() == psutil.STATUS_ZOMBIE
        return not is_zombie and _began_ms(process) == holder.began_ms
    except psutil.NoSuchProcess:
        return False


def _began_ms(process: psutil.Process) -> int:
    return int(process.create_time() * 1_000)

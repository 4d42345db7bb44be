"""What the shells need of a consumer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from faust.types import TP

from processors.shell.exact import beyond_end

SEEK_AGAIN_S: Final = 1.0
"""A seek that has not shown within this time is made again."""
END_TRIES: Final = 4
END_RETRY_S: Final = 0.25
"""A new leader may for a moment report an end that is too low. Not longer: meanwhile new records
fill the place of the lost ones, and then nobody can tell them apart."""


class PartitionReader(Protocol):
    """The consumer as the shells see it."""

    async def earliest_offsets(self, *partitions: TP) -> Mapping[TP, int]:
        """First offsets that the log still has."""

    async def highwaters(self, *partitions: TP) -> Mapping[TP, int]:
        """Offsets after the last record."""

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """Read on from these offsets."""

    def hold(self, tps: Sequence[TP]) -> None:
        """Stop fetching."""

    def release(self, tps: Sequence[TP]) -> None:
        """Fetch again."""


async def shrunken_logs(reader: PartitionReader, positions: Mapping[TP, int]) -> dict[TP, int]:
    """Return the ends of the logs that really end before the position of their reader."""
    shrunken = beyond_end(positions, await reader.highwaters(*positions))
    for _ in range(END_TRIES):
        if not shrunken:
            break
        await asyncio.sleep(END_RETRY_S)
        shrunken = beyond_end(positions, await reader.highwaters(*positions))
    return shrunken

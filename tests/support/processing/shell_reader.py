"""The consumer's side of a shell, without a broker: it remembers what it was asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from faust.types import TP

UNTOLD_END = 1_000
"""Where a log ends of which nothing is said."""


@dataclass(frozen=True)
class Delivered:
    """A record as aiokafka delivers it."""

    topic: str
    offset: int
    key: bytes | None = None
    value: bytes | None = b"{}"
    partition: int = 0


@dataclass
class RecordedReader:
    """A `PartitionReader` over logs of which only the ends are known."""

    begins: dict[TP, int] = field(default_factory=dict)
    ends: dict[TP, int] = field(default_factory=dict)
    held: set[TP] = field(default_factory=set)
    sought: list[Mapping[TP, int]] = field(default_factory=list)

    async def earliest_offsets(self, *partitions: TP) -> Mapping[TP, int]:
        return {tp: self.begins.get(tp, 0) for tp in partitions}

    async def highwaters(self, *partitions: TP) -> Mapping[TP, int]:
        return {tp: self.ends.get(tp, UNTOLD_END) for tp in partitions}

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        self.sought.append(partitions)

    def hold(self, tps: Iterable[TP]) -> None:
        self.held.update(tps)

    def release(self, tps: Iterable[TP]) -> None:
        self.held.difference_update(tps)

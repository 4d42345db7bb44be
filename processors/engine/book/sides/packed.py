"""Levels as they lie on a tape: numbers one after the other, of which no objects were made yet."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from itertools import chain
from sys import byteorder
from typing import Final, overload

import numpy as np

from schemas.market import Level

_LEVEL: Final = struct.Struct("<dd")
IS_NATIVE: Final = byteorder == "little"
"""Whether this machine can read the numbers where they lie."""


class PackedLevels(Sequence[Level]):
    """Levels (price, quantity) as little-endian doubles.

    A compiled side of the book reads `data` as it is: of an update of eighty levels, eighty tuples
    and a hundred and sixty floats need not be made.
    """

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        """Take over what `pack` gave. Raises ValueError where that is no whole number of levels."""
        if len(data) % _LEVEL.size:
            raise ValueError(f"{len(data)} bytes are no whole number of levels")
        self.data = data

    @classmethod
    def pack(cls, levels: Sequence[Level]) -> PackedLevels:
        """Return levels packed."""
        numbers = np.fromiter(chain.from_iterable(levels), "<f8", 2 * len(levels))
        return cls(numbers.tobytes())

    def __len__(self) -> int:
        return len(self.data) // _LEVEL.size

    def __iter__(self) -> Iterator[Level]:
        """Iterate over (price, quantity), in the order in which they were packed."""
        return _LEVEL.iter_unpack(self.data)

    @overload
    def __getitem__(self, at: int) -> Level: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Level]: ...

    def __getitem__(self, at: int | slice) -> Level | Sequence[Level]:
        return list(self)[at]

    def __eq__(self, other: object) -> bool:
        """Tell whether both hold the same levels in the same order, packed or not."""
        if isinstance(other, PackedLevels):
            return self.data == other.data
        return list(self) == other

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(list(self))

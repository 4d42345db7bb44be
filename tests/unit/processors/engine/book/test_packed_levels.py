"""Packed levels are the levels that were packed, whoever reads them."""

import pytest

from processors.engine.book.sides.packed import PackedLevels

LEVELS = [(61800.2, 2.909), (5000.0, 0.0), (0.1, 1e-9)]


def test_they_are_a_sequence_of_the_same_levels() -> None:
    packed = PackedLevels.pack(LEVELS)
    assert (len(packed), list(packed), packed[1], packed[1:]) == (3, LEVELS, LEVELS[1], LEVELS[1:])
    assert packed == LEVELS
    assert packed == PackedLevels(packed.data)
    assert packed != LEVELS[:2]
    assert repr(packed) == repr(LEVELS)


def test_none_are_none() -> None:
    assert not PackedLevels.pack([])
    assert PackedLevels(b"") == []


def test_they_lie_as_little_endian_doubles() -> None:
    assert PackedLevels.pack([(1.0, 2.0)]).data.hex() == "000000000000f03f0000000000000040"


def test_half_a_level_is_refused() -> None:
    with pytest.raises(ValueError, match="24 bytes are no whole number of levels"):
        PackedLevels(bytes(24))

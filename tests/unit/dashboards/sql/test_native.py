"""Blocks of the Native format for clients that name their protocol version."""

import pytest

from dashboards.sql.errors import SqlError
from dashboards.sql.native import for_protocol

INFO = b"\x01\x00\x02\xff\xff\xff\xff\x00"
ONE: bytes = b"\x01\x01" + b"\x01x" + b"\x05UInt8" + b"\x07"
"""A block: one column, one row; its name, its type, its value."""


def test_version_0_gets_the_blocks_as_they_are() -> None:
    assert for_protocol(ONE, 0) == ONE
    assert for_protocol(b"", 54_484) == b""


def test_an_older_client_gets_the_info_of_a_block_alone() -> None:
    assert for_protocol(ONE + ONE, 54_405) == (INFO + ONE) * 2


def test_a_newer_client_gets_a_byte_after_each_type() -> None:
    with_byte = b"\x01\x01" + b"\x01x" + b"\x05UInt8" + b"\x00" + b"\x07"
    assert for_protocol(ONE, 54_454) == INFO + with_byte


@pytest.mark.parametrize("cut", range(2, len(ONE)))
def test_a_block_that_is_cut_off_is_an_error(cut: int) -> None:
    with pytest.raises(SqlError, match="cut off"):
        for_protocol(ONE[:cut], 54_454)


def test_an_unknown_type_is_named() -> None:
    block = b"\x01\x01\x01x\x07Dynamic\x00"
    with pytest.raises(SqlError, match=r"type Dynamic .* convert it"):
        for_protocol(block, 54_454)

"""The Native format for a client that names its protocol version.

The engine writes blocks as for a client of version 0. A client that names its version in the URL
(clickhouse-go, hence Grafana) expects two things more: the info of each block before it and, from
54454 on, one byte after the type of each column that says whether its values are written in a way
of their own. To put that byte in place one has to know where a column ends, so its values are
skipped by type. Source: ClickHouse src/Formats/NativeWriter.cpp and src/Core/BlockInfo.h.
"""

from __future__ import annotations

import re
from typing import Final

from dashboards.sql.errors import Problem, SqlError, refusal

CUSTOM_SERIALIZATION: Final = 54_454
"""Protocol version from which a column has that byte."""
OUT_OF_ORDER_BUCKETS: Final = 54_480
"""Protocol version from which the info of a block has a third field."""
BLOCK_INFO: Final = b"\x01\x00\x02\xff\xff\xff\xff"
"""No overflow row, no bucket."""
NO_BUCKETS: Final = b"\x03\x00"
END: Final = b"\x00"
PLAIN: Final = b"\x00"

WIDTHS: Final = {
    **dict.fromkeys(("Bool", "Int8", "UInt8", "Enum8", "Nothing"), 1),
    **dict.fromkeys(("Int16", "UInt16", "Enum16", "Date", "BFloat16"), 2),
    **dict.fromkeys(("Int32", "UInt32", "Float32", "Date32", "DateTime", "IPv4", "Time"), 4),
    **dict.fromkeys(("Int64", "UInt64", "Float64", "DateTime64", "Time64", "Decimal64"), 8),
    **dict.fromkeys(("Int128", "UInt128", "UUID", "IPv6", "Decimal128"), 16),
    **dict.fromkeys(("Int256", "UInt256", "Decimal256"), 32),
    "Decimal32": 4,
}
"""Bytes of one value."""
DECIMAL_WIDTHS: Final = ((9, 4), (18, 8), (38, 16), (76, 32))
"""Largest precision, bytes."""
INDEX_WIDTHS: Final = (1, 2, 4, 8)
HAS_KEYS: Final = 1 << 9
ELEMENT_NAME: Final = re.compile(r"(?:[A-Za-z_]\w*|`(?:[^`\\]|\\.)*`) (?=[A-Z])")


def for_protocol(body: bytes, version: int) -> bytes:
    """Return blocks as a client of this protocol version reads them. Raises SqlError."""
    if version <= 0:
        return body
    reader = _Blocks(memoryview(body))
    info = BLOCK_INFO + (NO_BUCKETS if version >= OUT_OF_ORDER_BUCKETS else b"") + END
    parts: list[bytes | memoryview] = []
    while not reader.at_end:
        parts += (info, *reader.block(with_custom=version >= CUSTOM_SERIALIZATION))
    return b"".join(parts)


class _Blocks:
    """Goes through blocks of version 0."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._at = 0

    @property
    def at_end(self) -> bool:
        """Whether everything is read."""
        return self._at >= len(self._data)

    def block(self, *, with_custom: bool) -> list[bytes | memoryview]:
        """Return the next block in parts, with the byte after each type."""
        begin = self._at
        columns, rows = self._number(), self._number()
        parts: list[bytes | memoryview] = [self._data[begin : self._at]]
        for _ in range(columns):
            begin = self._at
            self._text()
            kind = self._text()
            parts.append(self._data[begin : self._at])
            if with_custom:
                parts.append(PLAIN)
            begin = self._at
            if rows:
                self._skip_prefix(kind)
                self._skip(kind, rows)
                self._pass(0)
            parts.append(self._data[begin : self._at])
        return parts

    def _skip_prefix(self, kind: str) -> None:
        name, inner = _split(kind)
        if name == "LowCardinality":
            self._at += 8
        elif name in ("Nullable", "Array", "Map", "Tuple", "Nested", "SimpleAggregateFunction"):
            for one in _elements(name, inner):
                self._skip_prefix(one)

    def _skip(self, kind: str, rows: int) -> None:
        name, inner = _split(kind)
        if name == "String":
            for _ in range(rows):
                self._pass(self._number())
        elif name == "FixedString":
            self._at += rows * int(inner[0])
        elif name == "Decimal":
            precision = int(inner[0])
            self._at += rows * next(width for most, width in DECIMAL_WIDTHS if precision <= most)
        elif name == "Nullable":
            self._at += rows
            self._skip(inner[0], rows)
        elif name in ("Array", "Map", "Nested"):
            self._skip_lists(_elements(name, inner), rows)
        elif name in ("Tuple", "SimpleAggregateFunction"):
            for one in _elements(name, inner):
                self._skip(one, rows)
            self._at += rows * (not inner)
        elif name == "LowCardinality":
            self._skip_low_cardinality(inner[0], rows)
        elif name in WIDTHS or name.startswith("Interval"):
            self._at += rows * WIDTHS.get(name, 8)
        else:
            raise _unknown(kind)

    def _skip_lists(self, kinds: list[str], rows: int) -> None:
        total = self._fixed(8, rows - 1)
        self._at += rows * 8
        if total:
            for one in kinds:
                self._skip(one, total)

    def _skip_low_cardinality(self, inner: str, rows: int) -> None:
        name, of = _split(inner)
        while rows:
            flags = self._fixed(8)
            self._at += 8
            if flags & HAS_KEYS:
                keys = self._fixed(8)
                self._at += 8
                self._skip(of[0] if name == "Nullable" else inner, keys)
            count = self._fixed(8)
            self._pass(8 + count * INDEX_WIDTHS[flags & 0xFF])
            rows -= count

    def _fixed(self, width: int, index: int = 0) -> int:
        begin = self._at + width * index
        return int.from_bytes(self._data[begin : begin + width], "little")

    def _pass(self, length: int) -> None:
        self._at += length
        if self._at > len(self._data):
            raise refusal(
                Problem.FORMAT_IS_NOT_SUITABLE_FOR_OUTPUT, "The Native blocks are cut off"
            )

    def _number(self) -> int:
        value = shift = 0
        while True:
            self._pass(1)
            byte = self._data[self._at - 1]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def _text(self) -> str:
        length = self._number()
        self._pass(length)
        return bytes(self._data[self._at - length : self._at]).decode()


def _split(kind: str) -> tuple[str, list[str]]:
    """Return the name of a type and its arguments."""
    name, bracket, rest = kind.partition("(")
    if not bracket:
        return kind, []
    arguments, depth, begin, quote = [], 0, 0, ""
    inner = rest[:-1]
    at = 0
    while at < len(inner):
        char = inner[at]
        if quote:
            at += char == "\\"
            quote = "" if char == quote else quote
        elif char in "'`":
            quote = char
        elif char == "," and depth == 0:
            arguments.append(inner[begin:at].strip())
            begin = at + 1
        else:
            depth += (char == "(") - (char == ")")
        at += 1
    if inner:
        arguments.append(inner[begin:].strip())
    return name, arguments


def _elements(name: str, arguments: list[str]) -> list[str]:
    """Return the types inside of a type, without the names of elements."""
    if name == "SimpleAggregateFunction":
        return arguments[1:]
    if name in ("Tuple", "Nested"):
        return [ELEMENT_NAME.sub("", one, count=1) if _is_named(one) else one for one in arguments]
    return arguments


def _is_named(element: str) -> bool:
    return ELEMENT_NAME.match(element) is not None


def _unknown(kind: str) -> SqlError:
    words = f"A column of type {kind[:80]} cannot be sent in the Native format: convert it"
    return refusal(Problem.FORMAT_IS_NOT_SUITABLE_FOR_OUTPUT, f"{words}, for example by toString()")

"""Sums that are the same to the last bit on every Python.

From 3.12 on `sum()` of floats compensates rounding errors (Neumaier), 3.11's does not; the engine
gives the same bytes on both, so it adds from left to right. Source:
https://docs.python.org/3.12/whatsnew/3.12.html#other-language-changes
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import add
from typing import overload


@overload
def plain_sum(values: Iterable[int], start: int = 0) -> int: ...


@overload
def plain_sum(values: Iterable[float], start: float = 0) -> float: ...


def plain_sum(values: Iterable[float], start: float = 0) -> float:
    """Return `start` plus the values, one after the other."""
    return reduce(add, values, start)

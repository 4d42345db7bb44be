"""Points: what each run of a sweep sets, from a grid or drawn from ranges."""

from __future__ import annotations

import itertools
import math
import random
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final

from compose.assignment import override, setting_value
from compose.backtest.run import with_overrides
from compose.errors import UsageError
from schemas.settings import Settings, merged

MOST_POINTS: Final = 100_000
DIGITS: Final = 6
"""Significant digits of a number that is drawn."""

Values = dict[str, Any]
"""Dotted name of a setting: its value."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A setting and the values that are tried."""

    name: str
    values: tuple[Any, ...]

    def draw(self, source: random.Random) -> Any:
        """Return one of the values."""
        return source.choice(self.values)


@dataclass(frozen=True, slots=True)
class Range:
    """A setting and the range from which its values are drawn."""

    name: str
    low: float
    high: float
    is_whole: bool
    is_log: bool
    """Drawn evenly in the logarithm."""

    def draw(self, source: random.Random) -> Any:
        """Return a number of the range."""
        if self.is_log:
            found = math.exp(source.uniform(math.log(self.low), math.log(self.high)))
        else:
            found = source.uniform(self.low, self.high)
        if self.is_whole:
            return min(max(round(found), math.ceil(self.low)), math.floor(self.high))
        return float(f"{found:.{DIGITS}g}")


@dataclass(frozen=True, slots=True)
class Point:
    """One run of a sweep."""

    values: Values
    """Empty: the settings as configured."""
    settings: Settings

    @property
    def name(self) -> str:
        """The values in one line."""
        return " ".join(f"{name}={value}" for name, value in self.values.items()) or AS_CONFIGURED


AS_CONFIGURED: Final = "as configured"


def parse_axis(text: str) -> Axis:
    """Read `name=v1,v2,...`. Raises UsageError."""
    name, equals, listed = text.partition("=")
    if not (equals and name and listed):
        raise UsageError(f"{text!r}: write NAME=V1,V2,... such as threshold.multiple=3,4,6")
    try:
        values = tomllib.loads(f"values = [{listed}]")["values"]
    except tomllib.TOMLDecodeError:
        values = [setting_value(part) for part in listed.split(",")]
    return Axis(name, tuple(values))


def parse_range(text: str, settings: Settings) -> Range:
    """Read `name=low:high` or `name=low:high:log`; whole numbers where the setting is one.

    Raises UsageError.
    """
    name, equals, stated = text.partition("=")
    low, _, rest = stated.partition(":")
    high, _, scale = rest.partition(":")
    try:
        found = Range(name, float(low), float(high), _is_whole(name, settings), scale == "log")
    except ValueError:
        equals = ""
    if not (equals and name) or scale not in ("", "log"):
        raise UsageError(
            f"{text!r}: write NAME=LOW:HIGH or NAME=LOW:HIGH:log such as threshold.multiple=2:8"
        )
    if not (math.isfinite(found.low) and math.isfinite(found.high) and found.low < found.high):
        raise UsageError(f"{text!r}: LOW must be below HIGH, and both finite")
    if found.is_log and found.low <= 0:
        raise UsageError(f"{text!r}: LOW must be above 0 for a logarithmic range")
    if found.is_whole and math.ceil(found.low) > math.floor(found.high):
        raise UsageError(f"{text!r}: no whole number lies between")
    for end in (found.low, found.high):
        value = int(end) if found.is_whole else end
        with_overrides(settings, override(name, value))
    return found


def grid(axes: Sequence[Axis], settings: Settings) -> list[Point]:
    """Return every combination, after the settings as configured. Raises UsageError."""
    count = math.prod(len(axis.values) for axis in axes)
    if count > MOST_POINTS:
        raise UsageError(f"--grid: {count} combinations, at most {MOST_POINTS}; use --search N")
    names = [axis.name for axis in axes]
    combinations = itertools.product(*(axis.values for axis in axes))
    return _points((dict(zip(names, values, strict=True)) for values in combinations), settings)


def search(axes: Sequence[Axis | Range], count: int, seed: int, settings: Settings) -> list[Point]:
    """Return `count` points drawn at random, after the settings as configured; fewer where the axes
    have no more. The same seed draws the same points. Raises UsageError."""
    source = random.Random(seed)
    drawn = ({axis.name: axis.draw(source) for axis in axes} for _ in range(count))
    return _points(drawn, settings)


def _points(every: Iterator[Values], settings: Settings) -> list[Point]:
    """Return each different choice of settings once."""
    found: dict[str, Point] = {}
    for values in itertools.chain([{}], every):
        overrides: dict[str, Any] = reduce(
            merged, (override(name, value) for name, value in values.items()), {}
        )
        point = Point(values, with_overrides(settings, overrides))
        found.setdefault(settings_key(point.settings), point)
    return list(found.values())


def settings_key(settings: Settings) -> str:
    """Return what the engines of every symbol are made of, as text."""
    own = sorted(settings.symbols)
    versions = [settings.engine_for(symbol).version for symbol in own]
    pairs = (f"{symbol}:{version}" for symbol, version in zip(own, versions, strict=True))
    return " ".join([settings.engine.version, *pairs])


def _is_whole(name: str, settings: Settings) -> bool:
    value: Any = settings.engine
    for part in name.split("."):
        value = getattr(value, part, None)
    return isinstance(value, int) and not isinstance(value, bool)

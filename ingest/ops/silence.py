"""How long a stream may be quiet before that is worth an alarm, learned from its own rate. Pure.

A dead stream looks like a quiet one, and what is quiet differs by a factor of a thousand between
the depth of a large contract and the trades of a small one. Times are ms.
"""

from typing import Final

LEARNING_FRAMES: Final = 20
"""Gaps seen before the stream's own rate is believed."""
MEAN_FACTOR: Final = 20.0
"""For arrivals at random a gap of 20 mean gaps comes once in 500 million frames."""
LARGEST_FACTOR: Final = 3.0
"""Real arrivals come in bursts: a gap a few times as long as the longest seen is still no alarm."""
MEAN_WEIGHT: Final = 1 / 64
"""Of the newest gap in the mean."""
LARGEST_DECAY: Final = 1 - 1 / 4096
"""Per frame: what was a long gap an hour ago of a lively stream counts little now."""


FLOOR_FACTOR: Final = 0.1
"""Of the configured silence: no stream, however lively, is reported sooner."""
CEILING_FACTOR: Final = 20.0


def silence_limit(silence_ms: float) -> "SilenceLimit":
    """Return the limit of a stream that holds `silence_ms` until its own rate is known."""
    return SilenceLimit(silence_ms, silence_ms * FLOOR_FACTOR, silence_ms * CEILING_FACTOR)


class SilenceLimit:
    """The limit of one stream, between a floor and a ceiling."""

    __slots__ = ("_ceiling_ms", "_count", "_default_ms", "_floor_ms", "_largest_ms", "_mean_ms")

    def __init__(self, default_ms: float, floor_ms: float, ceiling_ms: float) -> None:
        """`default_ms` holds until enough frames were seen."""
        self._default_ms = default_ms
        self._floor_ms = floor_ms
        self._ceiling_ms = ceiling_ms
        self._count = 0
        self._mean_ms = 0.0
        self._largest_ms = 0.0

    def gap(self, gap_ms: float) -> None:
        """Learn from the time between two frames."""
        self._count += 1
        # The plain mean at first: an average that starts with one gap would be ruled by it.
        weight = max(MEAN_WEIGHT, 1 / self._count)
        self._mean_ms += (gap_ms - self._mean_ms) * weight
        self._largest_ms = max(self._largest_ms * LARGEST_DECAY, gap_ms)

    @property
    def limit_ms(self) -> float:
        """Silence of this length is an alarm."""
        if self._count < LEARNING_FRAMES:
            # A stream that is slower than the default has shown so with its first gaps.
            learned_ms = max(self._default_ms, LARGEST_FACTOR * self._largest_ms)
            return min(self._ceiling_ms, learned_ms)
        learned_ms = max(MEAN_FACTOR * self._mean_ms, LARGEST_FACTOR * self._largest_ms)
        return min(self._ceiling_ms, max(self._floor_ms, learned_ms))

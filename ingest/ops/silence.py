"""How long a stream may be silent before an alarm, learned from its own rate. Pure.

A dead stream looks like a quiet one, and normal rates differ by a factor of a thousand between the
depth of a large contract and the trades of a small one. Times are ms.
"""

from typing import Final

LEARNING_FRAMES: Final = 20
"""Gaps observed before the stream's own rate is used."""
LEARNING_SHARE: Final = 1 / 3
"""Share of the configured silence that they have to span: a few busy seconds say nothing of the
minutes after them."""
BURST_MS: Final = 50.0
"""Frames that follow each other within this are one arrival: a taker that meets many orders, the
steps of a venue's engine, or what a new connection held until it took over."""
MEAN_FACTOR: Final = 20.0
"""With Poisson arrivals a gap of 20 mean gaps occurs once in 500 million frames."""
LARGEST_FACTOR: Final = 3.0
"""Real arrivals come in bursts: a gap a few times the longest seen is not an alarm yet."""
MEAN_WEIGHT: Final = 1 / 64
"""Weight of the newest gap in the mean."""
LARGEST_DECAY: Final = 1 - 1 / 4096
"""Decay of the longest gap per frame, so that an old one of a busy stream counts little."""


FLOOR_FACTOR: Final = 0.1
"""Share of the configured silence: lower bound for even the busiest stream."""
CEILING_FACTOR: Final = 20.0


def silence_limit(
    silence_ms: float, *, learning_ms: float = 0.0, burst_ms: float = 0.0
) -> "SilenceLimit":
    """Return a stream's limit: `silence_ms` until its own rate is known."""
    return SilenceLimit(
        silence_ms,
        silence_ms * FLOOR_FACTOR,
        silence_ms * CEILING_FACTOR,
        learning_ms=learning_ms,
        burst_ms=burst_ms,
    )


def alarm_limit(silence_ms: float) -> "SilenceLimit":
    """Return the limit of an alarm that costs a new connection: a burst counts once, and the rate
    has to be seen for a while."""
    return silence_limit(silence_ms, learning_ms=silence_ms * LEARNING_SHARE, burst_ms=BURST_MS)


class SilenceLimit:
    """The limit of one stream, between a floor and a ceiling."""

    __slots__ = (
        "_burst_ms",
        "_ceiling_ms",
        "_count",
        "_default_ms",
        "_floor_ms",
        "_largest_ms",
        "_learning_ms",
        "_mean_ms",
        "_since_ms",
        "_watched_ms",
    )

    def __init__(
        self,
        default_ms: float,
        floor_ms: float,
        ceiling_ms: float,
        *,
        learning_ms: float = 0.0,
        burst_ms: float = 0.0,
    ) -> None:
        """`default_ms` applies until enough frames were seen, over `learning_ms` at least; those
        that follow each other within `burst_ms` are one."""
        self._default_ms = default_ms
        self._floor_ms = floor_ms
        self._ceiling_ms = ceiling_ms
        self._learning_ms = learning_ms
        self._burst_ms = burst_ms
        self._count = 0
        self._watched_ms = 0.0
        self._since_ms = 0.0
        """Time since the last arrival that was counted."""
        self._mean_ms = 0.0
        self._largest_ms = 0.0

    def gap(self, gap_ms: float) -> None:
        """Learn from the time between two frames."""
        gap_ms += self._since_ms
        if gap_ms < self._burst_ms:
            self._since_ms = gap_ms
            return
        self._since_ms = 0.0
        self._count += 1
        self._watched_ms += gap_ms
        # Plain mean at first: an exponential mean would be dominated by the first gap.
        weight = max(MEAN_WEIGHT, 1 / self._count)
        self._mean_ms += (gap_ms - self._mean_ms) * weight
        self._largest_ms = max(self._largest_ms * LARGEST_DECAY, gap_ms)

    @property
    def limit_ms(self) -> float:
        """Silence of this length is an alarm."""
        if self._count < LEARNING_FRAMES or self._watched_ms < self._learning_ms:
            # A stream slower than the default shows it in its first gaps.
            learned_ms = max(self._default_ms, LARGEST_FACTOR * self._largest_ms)
            return min(self._ceiling_ms, learned_ms)
        learned_ms = max(MEAN_FACTOR * self._mean_ms, LARGEST_FACTOR * self._largest_ms)
        return min(self._ceiling_ms, max(self._floor_ms, learned_ms))

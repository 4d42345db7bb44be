"""Where mid went since a moment: its highest and lowest, from a bounded memory."""

from bisect import bisect_right

import msgspec

from schemas.units import SECOND_MS


class Range(msgspec.Struct):
    """The lowest and the highest mid since a moment."""

    low: float
    high: float
    since: int
    """The moment, ms."""
    sample: int | None
    """Index of the first sample of the running second that counts; None once that is over."""

    def widen(self, mids: list[float]) -> None:
        """Take in further mids."""
        for mid in mids:
            self.low, self.high = min(self.low, mid), max(self.high, mid)


class MidPath(msgspec.Struct):
    """Every mid of the running second; the extremes of each full second before it."""

    mid: float | None = None
    """The newest; None while there is none."""
    samples: list[float] = []
    """Mids of the running second in order, the one that it began with first."""
    seconds: list[int] = []
    """Start of each full second that is kept, ms, ascending; with it the next two lists."""
    lows: list[float] = []
    highs: list[float] = []

    def move(self, mid: float | None) -> None:
        """Note the mid after an update."""
        if mid != self.mid:
            self.mid = mid
            if mid is not None:
                self.samples.append(mid)

    def begin(self, now: int) -> Range:
        """Return the range of a path that begins `now` (ms) at the present mid."""
        mid = self.mid or 0.0
        return Range(mid, mid, now, len(self.samples))

    def end_second(self, now: int) -> None:
        """Close the second that ends at `now` (ms)."""
        if self.samples:
            self.seconds.append(now - SECOND_MS)
            self.lows.append(min(self.samples))
            self.highs.append(max(self.samples))
        self.samples = [] if self.mid is None else [self.mid]

    def ended_within(self, path: Range) -> None:
        """Let a path that began in the running second take in what is left of it. To be called
        before the second is closed."""
        if path.sample is not None:
            path.widen(self.samples[path.sample :])
            path.sample = None

    def range_of(self, path: Range) -> tuple[float, float]:
        """Return (low, high) of a path up to now."""
        if path.sample is not None:
            mids = [path.low, path.high, *self.samples[path.sample :]]
            return min(mids), max(mids)
        first = bisect_right(self.seconds, path.since - path.since % SECOND_MS)
        lows = [path.low, *self.lows[first:], *self.samples]
        highs = [path.high, *self.highs[first:], *self.samples]
        return min(lows), max(highs)

    def forget_before(self, since: int) -> None:
        """Drop the seconds that no path which begins at or after `since` (ms) goes through."""
        gone = bisect_right(self.seconds, since - since % SECOND_MS)
        del self.seconds[:gone], self.lows[:gone], self.highs[:gone]

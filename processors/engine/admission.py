"""Refuses records whose time cannot be true, before they hold up everything behind them.

One record with a time far ahead would raise the floor of its stream, and nothing of the symbol
could be placed until the market got there.
"""

from typing import Final, Generic, NamedTuple, TypeVar

from schemas.market import AnyDepth, MarketRecord, OpenInterest, Trades
from schemas.settings import FlowSettings
from schemas.units import LATEST_MS

EARLIEST_RECEIPT_US: Final = 10**15
"""Year 2001: an earlier receive time was not stated, so nothing can be compared with it."""

R = TypeVar("R", AnyDepth, Trades)


class Refusal(NamedTuple):
    """A record that was left out, for the dead letters."""

    record: MarketRecord
    offset: int
    reason: str


def newest_time(record: MarketRecord) -> int:
    """Return the newest event time that a record states, ms."""
    if isinstance(record, Trades):
        return max([record.watermark, *[trade.event_time for trade in record.trades]])
    return record.event_time


def why_impossible(time: int, received_us: int, settings: FlowSettings) -> str | None:
    """Return why a newest time (ms) cannot be true of a record that was received at `received_us`,
    None where nothing speaks against it."""
    if time < 0:
        return f"event time {time} is negative"
    if time >= LATEST_MS:
        return f"event time {time} is not in milliseconds"
    ahead_ms = time - received_us // 1_000
    if received_us >= EARLIEST_RECEIPT_US and ahead_ms > settings.max_ahead_ms:
        return f"event time {time} lies {ahead_ms} ms after its receipt"
    return None


class Admission(Generic[R]):
    """The gate of one stream.

    A record that jumps ahead of its stream is held until the next one: if that one is back where
    the stream was, the jump was not the market's and the held record is refused.
    """

    __slots__ = ("_held", "_newest", "_settings", "refused")

    def __init__(self, settings: FlowSettings, newest: int) -> None:
        """Begin behind a record of event time `newest` (ms), 0 where there is none."""
        self._settings, self._newest = settings, newest
        self._held: tuple[R, int] | None = None
        self.refused: list[Refusal] = []

    @property
    def newest(self) -> int:
        """Newest event time that went on, ms; 0 at the beginning."""
        return self._newest

    @property
    def held_offset(self) -> int | None:
        """Offset of the record that is held, if one is."""
        return self._held[1] if self._held is not None else None

    def pass_on(self, record: R, offset: int) -> list[tuple[R, int]]:
        """Take the next record; return those that may go on, in order."""
        time, newest, max_jump_ms = newest_time(record), self._newest, self._settings.max_jump_ms
        if (
            0 <= time - newest <= max_jump_ms
            and newest
            and self._held is None
            and time <= record.received_us // 1_000
            and time < LATEST_MS
        ):
            # What most records are, without a closer look.
            self._newest = time
            return [(record, offset)]
        reason = why_impossible(time, record.received_us, self._settings)
        if reason is not None:
            self.refused.append(Refusal(record, offset, reason))
            return []
        ready: list[tuple[R, int]] = []
        if self._held is not None:
            held_time = newest_time(self._held[0])
            if time >= held_time - max_jump_ms:
                ready.append(self._held)
                newest = held_time
            else:
                reason = f"event time {held_time} lies {held_time - newest} ms ahead of its stream"
                self.refused.append(Refusal(*self._held, reason))
            self._held = None
        if newest and time - newest > max_jump_ms:
            self._held = record, offset
        else:
            newest = max(newest, time)
            ready.append((record, offset))
        self._newest = newest
        return ready


def poll_refusal(poll: OpenInterest, offset: int, settings: FlowSettings) -> Refusal | None:
    """Return the refusal of a poll whose time cannot be true."""
    reason = why_impossible(newest_time(poll), poll.received_us, settings)
    return Refusal(poll, offset, reason) if reason is not None else None

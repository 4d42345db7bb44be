"""Merges the market streams of one symbol into one order that the logs alone decide.

Every later element of a stream has a time >= the stream's floor. An element is released when
nothing older can still come from the other stream; at equal times trades go before depth. See
`docs/decisions/0001-strict-watermarks.md`.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from processors.engine.admission import Admission, Refusal, poll_refusal
from processors.engine.elements import (
    DepthElement,
    Element,
    OtherElement,
    PackEnd,
    PollElement,
    QuoteRate,
    TradeGap,
    TradeGroup,
    TradeStreamElement,
    UnsoundTrades,
)
from schemas.market import AnyDepth, MarketRecord, OpenInterest, Trade, Trades
from schemas.settings import FlowSettings
from schemas.topics import DEPTH, OPEN_INTEREST, TRADES


@dataclass(slots=True)
class MergePosition:
    """How much of each stream has been released: all that a restart needs to know of the merge."""

    depth_offset: int = 0
    depth_time: int = 0
    trades_offset: int = 0
    trades_floor: int = 0
    """Floor of the trade stream after the last pack that was released whole."""
    trades_released: int = 0
    """Trades of the pack at trades_offset that were released already."""
    notes_released: int = 0
    """Of the same pack what is told beside its trades: gaps, and where trades may be missing."""
    trades_lost_from: int = 0
    """Event time from which trades are missing because their pack was refused; 0: none are."""
    poll_offset: int = 0
    poll_time: int = 0


class Merge:
    """The buffers and floors of one symbol. `push` records, then iterate `release`."""

    __slots__ = (
        "_admitted_depth",
        "_admitted_trades",
        "_alignment_ms",
        "_depth",
        "_depth_next",
        "_grouped",
        "_lost_from",
        "_newest_poll_time",
        "_packs",
        "_poll_next",
        "_polls",
        "_quote_usd",
        "_refused",
        "_settings",
        "_trades",
        "_trades_next",
        "depth_floor",
        "position",
        "trades_floor",
    )

    def __init__(
        self, settings: FlowSettings, alignment_ms: int, position: MergePosition | None = None
    ) -> None:
        """Begin at `position`; depth waits for the trades of `alignment_ms` after it."""
        self.position = position or MergePosition()
        self._settings, self._alignment_ms = settings, alignment_ms
        self._refused: list[Refusal] = []
        self._admitted_depth = Admission[AnyDepth](settings, self.position.depth_time)
        self._admitted_trades = Admission[Trades](settings, self.position.trades_floor)
        self._depth: deque[DepthElement] = deque()
        self._trades: deque[TradeStreamElement] = deque()
        self._grouped = 0
        """Trades that wait beside the first of their group."""
        self._packs: deque[tuple[Trades, int, int]] = deque()
        """(pack, offset, time from which trades before it were refused, 0: none were)."""
        self._lost_from = self.position.trades_lost_from
        self._polls: deque[tuple[OpenInterest, int]] = deque()
        self.depth_floor = self.position.depth_time
        self.trades_floor = self.position.trades_floor
        self._depth_next = self.position.depth_offset
        self._trades_next = self.position.trades_offset
        self._poll_next = self.position.poll_offset
        self._newest_poll_time = self.position.poll_time
        self._quote_usd: float | None = None
        """Rate that was laid out last; after a restart it is laid out again."""

    def push(self, record: MarketRecord, offset: int) -> None:
        """Buffer a record of its topic. One that was pushed or released before is ignored."""
        if isinstance(record, Trades):
            if offset >= self._trades_next:
                self._trades_next = offset + 1
                self._push_pack(record, offset)
        elif isinstance(record, OpenInterest):
            if offset >= self._poll_next:
                self._poll_next = offset + 1
                self._push_poll(record, offset)
        elif offset >= self._depth_next:
            self._depth_next = offset + 1
            for admitted, at in self._admitted_depth.pass_on(record, offset):
                floor = self.depth_floor = max(self.depth_floor, admitted.event_time)
                place, received_us = floor + self._alignment_ms, admitted.received_us
                self._depth.append(DepthElement(place, floor, admitted, at, received_us))

    def release(self) -> Iterator[Element]:
        """Yield every element whose place is certain, oldest first."""
        depth, trades, position = self._depth, self._trades, self.position
        self._admit_packs()
        while True:
            next_depth = depth[0].time if depth else self._next_depth()
            while trades and trades[0].time <= next_depth:
                element = trades.popleft()
                if isinstance(element, TradeGroup):
                    position.trades_offset = element.offset
                    count = len(element.trades)
                    position.trades_released += count
                    self._grouped -= count - 1
                else:
                    self._move(element)
                yield element
            next_trade = trades[0].time if trades else self.trades_floor
            if not depth or next_depth >= next_trade:
                return
            update = depth.popleft()
            position.depth_offset = update.offset + 1
            position.depth_time = update.at
            yield update

    def safe_time(self) -> int:
        """Return the time (ms) that no later element can be older than."""
        next_depth = self._depth[0].time if self._depth else self._next_depth()
        next_trade = self._trades[0].time if self._trades else self.trades_floor
        return min(next_depth, next_trade)

    def next_offsets(self) -> dict[str, int]:
        """Return, by topic, the offset of the first record that is not wholly released.

        A topic that nothing was pushed of is left out.
        """
        held_depth = self._admitted_depth.held_offset
        held_pack = self._admitted_trades.held_offset
        depth = self._depth_next if held_depth is None else held_depth
        if self._depth:
            depth = self._depth[0].offset
        trades = self._trades_next if held_pack is None else held_pack
        if self._trades:
            trades = self._trades[0].offset
        elif self._packs:
            trades = self._packs[0][1]
        poll = self._polls[0][1] if self._polls else self._poll_next
        for element in self._trades:
            if isinstance(element, PollElement):
                poll = element.poll_offset
                break
        offsets = {DEPTH.name: depth, TRADES.name: trades, OPEN_INTEREST.name: poll}
        return {topic: offset for topic, offset in offsets.items() if offset > 0}

    def pending(self) -> dict[str, int]:
        """Return, by topic, how many elements wait for another stream; each trade is one."""
        return {
            DEPTH.name: len(self._depth),
            TRADES.name: len(self._trades) + self._grouped + len(self._packs),
            OPEN_INTEREST.name: len(self._polls),
        }

    def _next_depth(self) -> int:
        """Return the time (ms) that no depth record still to come can be placed before."""
        return self.depth_floor + self._alignment_ms if self.depth_floor else 0

    def take_refusals(self) -> list[Refusal]:
        """Return the records that were refused since the last call."""
        depth, trades, polls = (
            self._admitted_depth.refused,
            self._admitted_trades.refused,
            self._refused,
        )
        if not (depth or trades or polls):
            return []
        refused = [*depth, *trades, *polls]
        for taken in (depth, trades, polls):
            taken.clear()
        return refused

    def _push_pack(self, pack: Trades, offset: int) -> None:
        gate = self._admitted_trades
        refused = len(gate.refused)
        admitted = gate.pass_on(pack, offset)
        if len(gate.refused) > refused and not self._lost_from:
            self._lost_from = self.position.trades_lost_from = gate.newest + 1
        for ready, at in admitted:
            self._packs.append((ready, at, self._lost_from))
            self._lost_from = 0

    def _push_poll(self, poll: OpenInterest, offset: int) -> None:
        refusal = poll_refusal(poll, offset, self._settings)
        if refusal is not None:
            self._refused.append(refusal)
            return
        self._newest_poll_time = max(self._newest_poll_time, poll.event_time)
        self._polls.append((poll, offset))

    def _admit_packs(self) -> None:
        """Lay out the packs whose open-interest poll is there, in the order of the trade log."""
        while self._packs:
            pack, offset, lost_from = self._packs[0]
            if self._waits_for_poll(pack):
                return
            self._packs.popleft()
            self._lay_out(pack, offset, lost_from)

    def _waits_for_poll(self, pack: Trades) -> bool:
        """Tell whether the poll that a pack names is still to come. One whose time cannot be true
        was refused and never comes."""
        named = pack.open_interest_time
        if named <= self._newest_poll_time:
            return False
        return named <= pack.watermark + self._settings.max_ahead_ms

    def _lay_out(self, pack: Trades, offset: int, lost_from: int) -> None:
        floor = self.trades_floor
        while self._polls and self._polls[0][0].event_time <= pack.open_interest_time:
            poll, poll_offset = self._polls.popleft()
            self._trades.append(PollElement(floor, poll, poll_offset, offset))
        if pack.quote_usd is not None and pack.quote_usd != self._quote_usd:
            self._quote_usd = pack.quote_usd
            self._trades.append(QuoteRate(floor, pack.quote_usd, pack.received_us, offset))
        received_us = pack.received_us
        laid: list[TradeStreamElement] = [
            UnsoundTrades(floor, since, until, received_us, offset)
            for since, until in _unsound(pack, lost_from)
        ]
        beside = frozenset(pack.beside_book or ())
        group: list[Trade] | None = None
        for number, trade in enumerate(pack.trades):
            time = trade.event_time
            late = time < floor
            if time > floor:
                floor = self._raise(floor, time, pack, offset, laid)
                group = None
            if late or number in beside:
                alone = TradeGroup(floor, [trade], received_us, offset, late, number in beside)
                laid.append(alone)
                group = None
            elif group is None:
                group = [trade]
                laid.append(TradeGroup(floor, group, received_us, offset))
            else:
                group.append(trade)
        floor = self._raise(floor, pack.watermark + 1, pack, offset, laid)
        laid.append(PackEnd(floor, floor, received_us, offset))
        if offset == self.position.trades_offset:
            laid = self._not_released(laid)
        self._trades.extend(laid)
        self._grouped += _grouped(laid)
        self.trades_floor = floor

    def _raise(
        self, floor: int, time: int, pack: Trades, offset: int, laid: list[TradeStreamElement]
    ) -> int:
        if floor and time - floor > self._settings.max_gap_ms:
            laid.append(TradeGap(floor, time, pack.received_us, offset))
        return max(floor, time)

    def _not_released(self, laid: list[TradeStreamElement]) -> list[TradeStreamElement]:
        """Leave out what of a pack was released before the restart: told twice, it would count for
        what happened in between."""
        trades, notes = self.position.trades_released, self.position.notes_released
        if not trades and not notes:
            return laid
        left: list[TradeStreamElement] = []
        for element in laid:
            if isinstance(element, TradeGroup) and trades:
                if trades < len(element.trades):
                    left.append(replace(element, trades=element.trades[trades:]))
                trades -= min(trades, len(element.trades))
            elif isinstance(element, UnsoundTrades | TradeGap) and notes:
                notes -= 1
            else:
                left.append(element)
        return left

    def _move(self, element: OtherElement) -> None:
        position = self.position
        match element:
            case UnsoundTrades() | TradeGap():
                position.trades_offset = element.offset
                position.notes_released += 1
            case PollElement():
                position.poll_offset = element.poll_offset + 1
                position.poll_time = max(position.poll_time, element.poll.event_time)
            case PackEnd():
                position.trades_offset = element.offset + 1
                position.trades_floor = element.floor
                position.trades_released = position.notes_released = 0
                if position.trades_lost_from < element.floor:
                    position.trades_lost_from = 0


def _grouped(laid: list[TradeStreamElement]) -> int:
    """Return how many trades stand beside the first of their group."""
    count = 0
    for element in laid:
        if isinstance(element, TradeGroup):
            count += len(element.trades) - 1
    return count


def _unsound(pack: Trades, lost_from: int) -> list[tuple[int, int]]:
    """Return the ranges of event time in which trades may be missing, as far as a pack tells."""
    ranges = [(lost_from, pack.watermark)] if lost_from else []
    if pack.unsound_from is not None and pack.unsound_to is not None:
        ranges.append((pack.unsound_from, pack.unsound_to))
    return ranges

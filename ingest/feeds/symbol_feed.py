"""Turns one symbol's frames into records, the same for a live venue and a capture file.

Pure: time is an argument. `received_us` is the receive time in microseconds since the epoch,
`now_ms` a clock that does not run backwards.
"""

from collections import Counter
from math import inf
from typing import Final, Protocol

from ingest.feeds.book_window import BookWindow
from ingest.feeds.depth_sync import DepthSync
from ingest.feeds.feed_figures import feed_figures
from ingest.feeds.trades.trade_packer import TradePacker
from ingest.feeds.trades.waiting_depth import WaitingDepth
from ingest.publish.outlet import PutResult
from ingest.venues.base import SequenceRule
from ingest.venues.events import (
    BOOK_EVENTS,
    BookSnapshot,
    DepthUpdate,
    SkippedTrade,
    TradeRun,
    TradeUpdate,
)
from ingest.venues.stream_rules import REST_BOOK, StreamTraits
from schemas.instrument import Instrument
from schemas.market import AnyDepth, DepthHeartbeat, Level, ResetReason, Trade, Trades
from schemas.record import Record
from schemas.settings import IngestSettings
from schemas.units import SECOND_MS

CLOCK_STEP_MS: Final = 0.01
"""More than sums and differences of times in ms can be off by rounding."""


class Emit(Protocol):
    """Accepts records in the order of publication."""

    def __call__(self, record: Record, bypass_limit: bool = False) -> PutResult:
        """Return whether the record was accepted; `bypass_limit`: even at the size limit."""
        ...


class SymbolFeed:
    """Depth and trades of one symbol.

    A record that does not fit blocks the feed (backpressure): its book is invalidated, and further
    input is counted and dropped until `unblock`; then the book is resynced. A record that is too
    large only invalidates the book; trades go on.
    """

    def __init__(
        self,
        venue: str,
        symbol: str,
        rule: SequenceRule,
        settings: IngestSettings,
        emit: Emit,
        instrument: Instrument | None = None,
        traits: StreamTraits = REST_BOOK,
    ) -> None:
        """`instrument`: the units of its quantities, None: base currency; `traits`: what the
        venue's streams are like."""
        levels = traits.window_levels
        window = BookWindow(levels) if levels is not None else None
        self._numbered = traits.gapless_trade_ids
        self.symbol = symbol
        self._units = instrument if instrument and not instrument.counts_base else None
        self.depth = DepthSync(venue, symbol, rule, window=window)
        self.trades = TradePacker(
            venue,
            symbol,
            settings.pack_ms,
            settings.heartbeat_ms,
            settings.silence_s * 1_000,
            traits.gapless_trade_ids,
        )
        self._heartbeat_ms = settings.heartbeat_ms
        self._margin_ms = settings.clock_margin_ms
        self._emit = emit
        self._clock_time = 0
        """Newest venue time on the trade connection, ms; 0: unknown."""
        self._depth_proved = 0
        """Venue time up to which the depth connection has delivered everything, ms."""
        self._depth_is_away = False
        self._depth_frame_ms = 0.0
        self._depth_record_ms: float | None = None
        self._waiting = WaitingDepth()
        self._newest_us = 0
        self.blocked = False
        """Whether a record did not fit since the last `unblock`."""
        self.lost_depth = 0
        """Depth records and frames dropped because there was no room or they were too large."""
        self.lost_trades = 0

    @property
    def newest_time(self) -> int:
        """Newest event time of depth and trades, ms; 0 before the first."""
        return max(self.depth.newest_time, self.trades.newest_time)

    def figures(self) -> Counter[str]:
        """Return the counters since the start of the feed."""
        return feed_figures(
            self.depth.counts,
            late_trades=self.trades.late_trades,
            repeated_trades_dropped=self.trades.repeated,
            depth_records_lost=self.lost_depth,
            trades_lost=self.lost_trades,
            unsound_trade_ranges=self.trades.unsound_ranges,
        )

    def reaches(self, event: DepthUpdate | BookSnapshot | TradeUpdate | TradeRun) -> bool:
        """Whether `event` follows the newest one of its stream without a gap."""
        if self.blocked:
            return True
        if isinstance(event, BOOK_EVENTS):
            return self.depth.reaches(event)
        first = event.trades[0] if isinstance(event, TradeRun) else event
        newest = self.trades.ids.newest
        if newest is None or not self._numbered:
            return True
        return first.trade.trade_id <= newest + first.ids

    def on_depth(self, update: DepthUpdate, received_us: int, now_ms: float) -> None:
        """Process a depth frame."""
        self._newest_us = received_us
        self._depth_frame_ms = now_ms
        self._depth_is_away = False
        if self.blocked:
            self.lost_depth += 1
            return
        if self._units is not None:
            update = update._replace(
                bids=in_base(update.bids, self._units), asks=in_base(update.asks, self._units)
            )
        self._emit_depth(self.depth.update(update, received_us), now_ms)
        self.trades.depth_went_on(update.event_time)

    def on_snapshot(self, snapshot: BookSnapshot, received_us: int, now_ms: float) -> None:
        """Process a REST snapshot."""
        if self.blocked:
            self.depth.snapshot_unwanted()
            return
        snapshot = self._in_base(snapshot)
        self._emit_depth(self.depth.snapshot(snapshot, received_us), now_ms)

    def on_image(self, image: BookSnapshot, received_us: int, now_ms: float) -> None:
        """Process a book that came on the stream."""
        self._newest_us = received_us
        self._depth_frame_ms = now_ms
        self._depth_is_away = False
        if self.blocked:
            self.lost_depth += 1
            return
        self._emit_depth(self.depth.image(self._in_base(image), received_us), now_ms)
        self.trades.depth_went_on(image.event_time)

    def on_depth_lost(self, received_us: int, now_ms: float) -> None:
        """The depth connection ended; frames not delivered are lost."""
        self._depth_is_away = True
        if self.blocked:
            return
        self._emit_depth(self.depth.lost(ResetReason.DISCONNECT, received_us), now_ms)

    def on_trade(
        self,
        trade: Trade,
        received_us: int,
        now_ms: float,
        ids: int = 1,
        beside_book: bool = False,
    ) -> None:
        """Process a trade that stands for `ids` trade ids."""
        self._newest_us = received_us
        if self.blocked:
            self.lost_trades += 1
            return
        if self._units is not None:
            trade = trade._replace(qty=self._units.base_qty(trade.qty, trade.price))
        self._emit_trades(self.trades.add(trade, received_us, now_ms, ids, beside_book))

    def take_trades(self, event: TradeUpdate | TradeRun, received_us: int, now_ms: float) -> None:
        """Process the trades of a frame."""
        for update in event.trades if isinstance(event, TradeRun) else (event,):
            self.on_trade(update.trade, received_us, now_ms, update.ids, update.beside_book)

    def on_mark(self, mark_price: float) -> None:
        """Set the newest mark price."""
        self.depth.marked(mark_price)

    def on_skipped_trade(self, skipped: SkippedTrade) -> None:
        """Process a trade id that is not a trade on the book."""
        if not self.blocked:
            self.trades.skip(skipped.trade_id, skipped.event_time)

    def on_clock(self, venue_time: int, received_us: int, now_ms: float, least_ms: int = 0) -> None:
        """Process the venue's time (ms), seen on the trade connection in a frame of the symbol.

        `least_ms`: the watermark follows once it would move that far: where the connection moves
        it (`on_connection_clock`), this is for the case that it does not.
        """
        self._newest_us = received_us
        self._clock_time = max(self._clock_time, venue_time)
        safe_time = self._safe_time()
        if self.blocked or safe_time is None or safe_time - self.trades.promise < least_ms:
            return
        self._emit_trades(self.trades.heartbeat(safe_time, received_us, now_ms))

    def on_connection_clock(self, safe_time: int, received_us: int, now_ms: float) -> None:
        """All trades up to `safe_time` (ms) have arrived, as the connection as a whole has proved.

        It is published where something waits for it: the end of a second, or depth records; of
        these not every single one, since a watermark costs as much as what waits.
        """
        promise = self.trades.promise
        if self.blocked or safe_time <= promise or not self._clock_time:
            # Without a word of its own since the connection was opened, its streams may be those
            # that are not subscribed to yet.
            return
        ends_second = safe_time // SECOND_MS > promise // SECOND_MS
        if ends_second or self._waiting.is_due(promise, safe_time):
            self._emit_trades(self.trades.heartbeat(safe_time, received_us, now_ms))

    def on_trades_lost(self, now_ms: float) -> None:
        """The trade connection ended: its venue time is no longer valid."""
        self._clock_time = 0
        self._emit_trades(self.trades.flush(now_ms))

    @property
    def clock_time(self) -> int:
        """Newest venue time, ms; 0: unknown."""
        return self._clock_time

    def on_depth_proved(self, venue_time: int) -> None:
        """Record that everything the venue sent on the depth connection until then has arrived.

        Only then may the venue's clock, seen on another connection, advance the watermark of a
        silent depth stream.
        """
        self._depth_proved = max(self._depth_proved, venue_time)

    def on_depth_silent(self, received_us: int, now_ms: float) -> None:
        """The depth stream has been silent for unusually long.

        Trades change the book, so if trades went on, the book is outdated. Without trades the
        market may just be quiet, and the book stays valid.
        """
        if self.blocked or not self.depth.synced:
            return
        if self.trades.newest_time > self.depth.updated_time + self._margin_ms:
            self._emit_depth(self.depth.lost(ResetReason.SILENT, received_us), now_ms)

    @property
    def due_ms(self) -> float:
        """Time on the caller's clock before which `tick` does nothing unless something happens
        first; it may be a little early."""
        if self.blocked:
            return inf
        due_ms = self.trades.next_ms
        if self._depth_record_ms is not None:
            due_ms = min(due_ms, self._depth_record_ms + self._heartbeat_ms)
        return due_ms - CLOCK_STEP_MS

    def tick(self, now_ms: float) -> None:
        """Publish what is due."""
        if self.blocked:
            return
        self._emit_trades(self.trades.tick(now_ms))
        self._emit_trades(self.trades.heartbeat(None, self._newest_us, now_ms))
        if self._depth_record_ms is None or now_ms - self._depth_record_ms < self._heartbeat_ms:
            return
        self._emit_depth(
            self.depth.keep_alive(self._safe_depth_time(now_ms), self._newest_us), now_ms
        )

    def flush(self, now_ms: float) -> None:
        """Publish the open pack now."""
        self._emit_trades(self.trades.flush(now_ms))

    def remove(self, received_us: int, now_ms: float) -> None:
        """The symbol is removed: publish the open pack and the end of the book."""
        self.flush(now_ms)
        self._emit_always(self.depth.lost(ResetReason.REMOVED, received_us))

    def on_broker_loss(self, received_us: int) -> None:
        """The broker lost published records: resync the book."""
        if not self.blocked:
            self._emit_always(self.depth.lost(ResetReason.BROKER_LOSS, received_us))

    def on_book_missing(self, read_time: int, received_us: int) -> bool:
        """A reader has no book although it has read up to the event time `read_time` (ms): resync.

        Returns False, and nothing happens, where a snapshot is on its way or lies ahead of it.
        """
        depth = self.depth
        if self.blocked or not depth.synced or read_time <= depth.book_time:
            return False
        self._emit_always(depth.lost(ResetReason.GAP, received_us))
        return True

    def unblock(self) -> None:
        """Backpressure ended: accept records again."""
        self.blocked = False

    def finish(self, now_ms: float) -> None:
        """The source is exhausted: publish the final watermarks of trades and depth."""
        newest = self.newest_time
        if newest == 0 or self.blocked:
            return
        end = (newest // SECOND_MS + 1) * SECOND_MS
        self._emit_trades(self.trades.finish(end, self._newest_us, now_ms))
        self._emit_depth(self.depth.finish(end, self._newest_us), now_ms)

    def _in_base(self, book: BookSnapshot) -> BookSnapshot:
        if self._units is None:
            return book
        bids, asks = in_base(book.bids, self._units), in_base(book.asks, self._units)
        return book._replace(bids=bids, asks=asks)

    def _safe_depth_time(self, now_ms: float) -> int | None:
        if self._depth_is_away or not self.depth.synced:
            # Frames of a new connection, and a snapshot still to be requested, are newer
            # than the clock of now.
            return self._safe_time()
        silent = now_ms - self._depth_frame_ms >= self._heartbeat_ms
        return self._depth_proved - self._margin_ms if silent and self._depth_proved else None

    def _safe_time(self) -> int | None:
        return self._clock_time - self._margin_ms if self._clock_time else None

    def _emit_depth(self, records: list[AnyDepth], now_ms: float) -> None:
        if records:
            self._depth_record_ms = now_ms
        for number, record in enumerate(records):
            fate = self._emit(record)
            if fate is PutResult.TAKEN:
                if not isinstance(record, DepthHeartbeat):
                    self._waiting.add(record.event_time, self.trades.promise)
                continue
            # Later ones depend on it.
            self.lost_depth += len(records) - number
            if fate is PutResult.NO_ROOM:
                self._block(record.received_us)
            else:
                self._emit_always(self.depth.lost(ResetReason.TOO_LARGE, record.received_us))
            return

    def _emit_trades(self, packs: list[Trades]) -> None:
        for pack in packs:
            if self.blocked:
                self._lose(pack)
                continue
            fate = self._emit(pack)
            if fate is not PutResult.TAKEN:
                self._lose(pack)
            if fate is PutResult.NO_ROOM:
                self._block(pack.received_us)

    def _block(self, received_us: int) -> None:
        self.blocked = True
        # The open pack can no longer be published in order.
        for pack in self.trades.flush(0.0):
            self._lose(pack)
        self._emit_always(self.depth.lost(ResetReason.OVERFLOW, received_us))

    def _lose(self, pack: Trades) -> None:
        self.lost_trades += len(pack.trades)
        self.trades.lose(pack)

    def _emit_always(self, records: list[AnyDepth]) -> None:
        for record in records:
            self._emit(record, bypass_limit=True)


def in_base(levels: list[Level], units: Instrument) -> list[Level]:
    """Return levels of the venue's unit in base currency."""
    return [(price, units.base_qty(qty, price)) for price, qty in levels]

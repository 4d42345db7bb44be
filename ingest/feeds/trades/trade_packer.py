"""Packs the trades of one symbol and states the watermark of its trade stream. No I/O, no clock.

The watermark guarantees that every later trade has a greater event time. A pack that ends with a
trade at T has the watermark T - 1, because another trade of T may follow; a heartbeat's comes from
the venue's clock on the same connection. It never goes backwards.
"""

from math import inf

from ingest.feeds.trades.trade_soundness import LATE, MISSING_IDS, TradeSoundness
from ingest.ops.silence import silence_limit
from schemas.market import Trade, Trades
from schemas.record import SCHEMA_VERSION
from schemas.trade_ids import TradeIds

MAX_PACK_TRADES = 1_000
"""Trades per pack; keeps a record far below the broker's size limit (about 60 bytes a trade)."""


class TradePacker:
    """The open pack and the watermark of one symbol.

    `now_ms` is any clock that does not run backwards; it only decides how trades are packed,
    which does not influence any result.
    """

    __slots__ = (
        "_beside",
        "_first_us",
        "_gapless",
        "_heartbeat_ms",
        "_interest_time",
        "_newest",
        "_newest_noted",
        "_open",
        "_opened_ms",
        "_pack_ms",
        "_promise",
        "_published_ms",
        "_quote_usd",
        "_soundness",
        "_symbol",
        "_venue",
        "ids",
        "late_trades",
        "repeated",
    )

    def __init__(
        self,
        venue: str,
        symbol: str,
        pack_ms: int,
        heartbeat_ms: int,
        silence_ms: float = 30_000.0,
        gapless_ids: bool = True,
    ) -> None:
        """`pack_ms`: longest time a trade waits; `heartbeat_ms`: longest time between packs;
        `silence_ms`: unusual pause of the stream while its own rate is not known; `gapless_ids`:
        whether a missing id means a missing trade."""
        self._gapless = gapless_ids
        self._beside: list[int] = []
        """Places in the open pack of trades beside the book."""
        self._soundness = TradeSoundness(silence_limit(silence_ms))
        self._venue = venue
        self._symbol = symbol
        self._pack_ms = pack_ms
        self._heartbeat_ms = heartbeat_ms
        self._open: list[Trade] = []
        self._opened_ms = 0.0
        self._first_us = 0
        self._newest = 0
        self._newest_noted = 0
        """Newest time of a trade or skipped id, ms; 0 before the first."""
        self._promise = 0
        self._published_ms: float | None = None
        self._interest_time = 0
        self.late_trades = 0
        """Trades behind the published watermark."""
        self.repeated = 0
        """Duplicate trades dropped."""
        self.ids = TradeIds()
        self._quote_usd: float | None = None

    @property
    def newest_time(self) -> int:
        """Newest trade time seen, ms; 0 before the first."""
        return self._newest

    @property
    def promise(self) -> int:
        """The newest published watermark, ms; 0 before the first."""
        return self._promise

    @property
    def due_ms(self) -> float | None:
        """Time on the caller's clock at which the open pack is due; None if there is none."""
        return self._opened_ms + self._pack_ms if self._open else None

    @property
    def next_ms(self) -> float:
        """Time on the caller's clock from which the open pack or an empty one is due; infinite
        before anything was promised."""
        if self._open:
            return self._opened_ms + self._pack_ms
        if self._promise == 0:
            return inf
        return -inf if self._published_ms is None else self._published_ms + self._heartbeat_ms

    def interest_acknowledged(self, event_time: int) -> None:
        """Record that the broker acknowledged the open-interest poll of `event_time` (ms)."""
        self._interest_time = max(self._interest_time, event_time)

    def quote_is_worth(self, quote_usd: float | None) -> None:
        """Set what every pack states: USD for one unit of the quote; None: a dollar or unknown."""
        self._quote_usd = quote_usd

    def add(
        self,
        trade: Trade,
        received_us: int,
        now_ms: float,
        ids: int = 1,
        beside_book: bool = False,
    ) -> list[Trades]:
        """Add a trade that stands for `ids` trade ids; return the packs that it completes.

        `beside_book`: it met liquidity that depth does not show. A duplicate, as in the overlap of
        two connections, is dropped.
        """
        if not self._is_new(trade.trade_id, trade.event_time, ids):
            self.repeated += 1
            return []
        if trade.event_time <= self._promise:
            self.late_trades += 1
            self._soundness.note(trade.event_time, trade.event_time, LATE)
        if not self._open:
            self._opened_ms = now_ms
            self._first_us = received_us
        if beside_book:
            self._beside.append(len(self._open))
        self._open.append(trade)
        self._newest = max(self._newest, trade.event_time)
        full = len(self._open) >= MAX_PACK_TRADES
        return self._flush(now_ms) if full or self._pack_ms == 0 else []

    def skip(self, trade_id: int, event_time: int) -> None:
        """Record an id that the venue used for something other than a trade on the book."""
        self._is_new(trade_id, event_time)

    def lose(self, pack: Trades) -> None:
        """Record that a pack was not published: its trades are missing, its range unreported."""
        times = [trade.event_time for trade in pack.trades]
        times += [time for time in (pack.unsound_from, pack.unsound_to) if time is not None]
        if times:
            self._soundness.note(min(times), max(times), MISSING_IDS)

    def depth_went_on(self, event_time: int) -> None:
        """Record a depth update of `event_time` (ms)."""
        self._soundness.depth_went_on(self._newest_noted, event_time)

    @property
    def unsound_ranges(self) -> int:
        """Times that trades were missing or late, or their stream stalled."""
        return self._soundness.ranges

    def _is_new(self, trade_id: int, event_time: int, ids: int = 1) -> bool:
        newest_id, newest_time = self.ids.newest, self._newest_noted
        if not self.ids.is_new(trade_id, event_time):
            return False
        self._newest_noted = max(newest_time, event_time)
        self._soundness.traded(newest_time, event_time)
        if not self._gapless or newest_id is None:
            return True
        if self.ids.newest == trade_id != newest_id + ids:
            first, last = min(newest_time, event_time), max(newest_time, event_time)
            self._soundness.note(first, last, MISSING_IDS)
        return True

    def tick(self, now_ms: float) -> list[Trades]:
        """Return the open pack if it is due."""
        due = self.due_ms
        return self._flush(now_ms) if due is not None and now_ms >= due else []

    def heartbeat(self, venue_time: int | None, received_us: int, now_ms: float) -> list[Trades]:
        """Return an empty pack if it advances the watermark or the last pack is old.

        `venue_time`: time (ms) that every later trade exceeds, None if the venue's clock is
        unknown; then the watermark is only repeated.
        """
        if self._open:
            return []
        if venue_time is not None and venue_time > self._promise:
            self._promise = venue_time
        elif self._promise == 0 or not self._is_old(now_ms):
            return []
        return [self._pack([], received_us, now_ms)]

    def finish(self, event_time: int, received_us: int, now_ms: float) -> list[Trades]:
        """Return the open pack and a final empty one with the watermark `event_time`."""
        packs = self._flush(now_ms) if self._open else []
        self._promise = max(self._promise, event_time)
        return [*packs, self._pack([], received_us, now_ms)]

    def flush(self, now_ms: float) -> list[Trades]:
        """Return the open pack at any age."""
        return self._flush(now_ms) if self._open else []

    def _is_old(self, now_ms: float) -> bool:
        return self._published_ms is None or now_ms - self._published_ms >= self._heartbeat_ms

    def _flush(self, now_ms: float) -> list[Trades]:
        trades, self._open = self._open, []
        beside, self._beside = self._beside, []
        self._promise = max(self._promise, self._newest - 1)
        return [self._pack(trades, self._first_us, now_ms, beside)]

    def _pack(
        self,
        trades: list[Trade],
        received_us: int,
        now_ms: float,
        beside: list[int] | None = None,
    ) -> Trades:
        self._published_ms = now_ms
        unsound = self._soundness.take(self._promise)
        return Trades.trusted(
            {
                "schema_version": SCHEMA_VERSION,
                "venue": self._venue,
                "symbol": self._symbol,
                "received_us": received_us,
                "watermark": self._promise,
                "open_interest_time": self._interest_time,
                "unsound_from": None if unsound is None else unsound.first,
                "unsound_to": None if unsound is None else unsound.last,
                "unsound_reason": None if unsound is None else unsound.reason,
                "quote_usd": self._quote_usd,
                "beside_book": beside or None,
                "trades": trades,
            }
        )

"""The streams of statistics: of one symbol, and of all markets together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

import msgspec

from ingest.exchange.dialect import (
    ALL_BOOK_TICKERS,
    ALL_LIQUIDATIONS,
    ALL_MARK_PRICES_MS,
    ALL_MINI_TICKERS,
    ALL_TICKERS,
    Dialect,
)
from ingest.exchange.market.payloads import book_ticker, mark_price_update
from ingest.exchange.market.simulated_symbol import Step
from ingest.exchange.statistics.candles import INTERVALS_MS, end_of
from ingest.exchange.statistics.events import (
    kline_event,
    liquidation_event,
    mini_ticker_event,
    ticker_event,
)
from ingest.exchange.statistics.history import LIQUIDATIONS_MS, SymbolHistory

KLINES_MS: Final = 250
ARRAY_MS: Final = 1_000
"""Between two frames of the tickers of all markets."""
BOOK_TICKERS_MS: Final = 5_000

Frame = tuple[str, bytes]
Wanted = Callable[[str], bool]

_encode: Final = msgspec.json.Encoder().encode


class SymbolStreams:
    """Klines, tickers and liquidations of one symbol. Frames are only built where wanted."""

    def __init__(self, history: SymbolHistory, dialect: Dialect) -> None:
        self.history = history
        self._dialect = dialect
        lower = history.market.spec.symbol.lower()
        self._klines = {f"{lower}@kline_{interval}": interval for interval in INTERVALS_MS}
        self._ticker, self._mini = f"{lower}@ticker", f"{lower}@miniTicker"
        self._liquidation = f"{lower}@forceOrder"
        self._has_traded = False

    def frames(self, step: Step, wanted: Wanted) -> Iterator[Frame]:
        """Take in a step that the market has just made and yield the frames that are due."""
        history = self.history
        now_ms = history.market.now_ms
        history.add(step)
        self._has_traded |= bool(step.fills)
        if now_ms % KLINES_MS == 0:
            yield from self._kline_frames(now_ms, wanted)
        history.close()
        if now_ms % LIQUIDATIONS_MS == 0 and history.liquidation and wanted(self._liquidation):
            event = liquidation_event(
                history.market.spec, history.liquidation, now_ms, self._dialect
            )
            yield self._liquidation, _encode(event)
        if now_ms % self._dialect.tickers_ms == 0:
            if wanted(self._ticker):
                yield self._ticker, _encode(ticker_event(history, self._dialect))
            if wanted(self._mini):
                yield self._mini, _encode(mini_ticker_event(history, self._dialect))

    def _kline_frames(self, now_ms: int, wanted: Wanted) -> Iterator[Frame]:
        candles, spec = self.history.candles, self.history.market.spec
        for stream, interval in self._klines.items():
            if not wanted(stream):
                continue
            candle = candles.running(interval)
            if self._has_traded or now_ms > end_of(candle.start_ms, interval):
                yield stream, _encode(kline_event(spec, candle, interval, now_ms))
        self._has_traded = False


def all_market_frames(
    histories: Iterable[SymbolHistory], now_ms: int, wanted: Wanted, dialect: Dialect
) -> Iterator[Frame]:
    """Yield the frames of the streams of all markets that are due at this whole second."""
    every = [one for one in histories if one.market.now_ms == now_ms]
    due = {stream for stream in dialect.all_markets if wanted(stream)}
    for stream, figures in ((ALL_TICKERS, ticker_event), (ALL_MINI_TICKERS, mini_ticker_event)):
        if stream in due:
            yield stream, _encode([figures(history, dialect) for history in every])
    for stream, interval_ms in ALL_MARK_PRICES_MS.items():
        if now_ms % interval_ms == 0 and stream in due:
            yield stream, b"[%s]" % b",".join(mark_price_update(one.market) for one in every)
    if ALL_LIQUIDATIONS in due:
        for history in every:
            if history.liquidation is not None:
                spec = history.market.spec
                event = liquidation_event(spec, history.liquidation, now_ms, dialect)
                yield ALL_LIQUIDATIONS, _encode(event)
    if now_ms % BOOK_TICKERS_MS == 0 and ALL_BOOK_TICKERS in due:
        for history in every:
            yield ALL_BOOK_TICKERS, book_ticker(history.market, dialect)

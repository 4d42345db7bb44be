"""Builds the stream frames of one symbol from its steps."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from ingest.exchange.dialect import USDM, Dialect
from ingest.exchange.market import payloads
from ingest.exchange.market.simulated_symbol import SimulatedSymbol, Step
from ingest.exchange.statistics.history import SymbolHistory
from ingest.exchange.statistics.streams import SymbolStreams

_RECENT_TRADES = 1_000

Frame = tuple[str, bytes]
"""(stream, payload)."""

Best = tuple[int, int, int, int, int]
"""Update id, best bid and its lots, best ask and its lots, after one step."""


class _DepthStream:
    """Collects the changes of one interval; each interval has its own chain of `pu`."""

    def __init__(self, stream: str, interval_ms: int, last_id: int, dialect: Dialect) -> None:
        self.stream = stream
        self._dialect = dialect
        self._interval_ms = interval_ms
        self._prev_id = last_id
        self._steps: list[Step] = []
        """Those of the interval that changed the book."""

    def add(self, step: Step) -> None:
        if step.last_id >= step.first_id:
            self._steps.append(step)

    def flush(self, market: SimulatedSymbol, wanted: Callable[[str], bool]) -> bytes | None:
        """Return the frame of an interval that ends now; None if it is not over or empty."""
        steps = self._steps
        if not steps or not market.has_ended(self._interval_ms):
            return None
        frame = None
        if wanted(self.stream):
            frame = payloads.depth_update(
                market.spec,
                market.book,
                (
                    set().union(*(step.changed[0] for step in steps)),
                    set().union(*(step.changed[1] for step in steps)),
                ),
                market.now_ms,
                steps[-1].time_ms,
                steps[0].first_id,
                steps[-1].last_id,
                self._prev_id,
                self._dialect,
            )
        self._prev_id = steps[-1].last_id
        self._steps = []
        return frame


class SimulatedFeed:
    """The streams of one symbol. Frames are only built for streams with listeners."""

    def __init__(
        self, market: SimulatedSymbol, journal_steps: int = 0, dialect: Dialect = USDM
    ) -> None:
        """`journal_steps`: number of newest steps whose best levels are kept."""
        self.market = market
        self._dialect = dialect
        self.journal: deque[Best] = deque(maxlen=journal_steps)
        lower = market.spec.symbol.lower()
        self._depth = [
            _DepthStream(f"{lower}@{kind}", interval_ms, market.last_update_id, dialect)
            for kind, interval_ms in dialect.depth_intervals_ms.items()
        ]
        self._book_ticker = f"{lower}@bookTicker"
        self._agg_trade = f"{lower}@aggTrade"
        self._trade = f"{lower}@trade"
        self._mark_prices = {f"{lower}@{kind}": ms for kind, ms in dialect.mark_prices_ms.items()}
        self._best = self._best_levels()
        self.recent: deque[dict[str, Any]] = deque(maxlen=_RECENT_TRADES)
        """The newest aggregated trades, oldest first."""
        self.statistics = (
            SymbolStreams(SymbolHistory(market), dialect) if dialect.has_statistics else None
        )

    def step(self, wanted: Callable[[str], bool]) -> Iterator[Frame]:
        """Advance the market by a step and yield the frames of wanted streams."""
        market = self.market
        step = market.step()
        for fill in step.fills:
            self.recent.append(payloads.agg_trade_fields(market.spec, fill))
        if wanted(self._agg_trade):
            for fill in step.fills:
                yield self._agg_trade, payloads.agg_trade(market.spec, fill, market.now_ms)
        if wanted(self._trade):
            for fill in step.fills:
                for trade in payloads.trades(market.spec, fill, market.now_ms, self._dialect):
                    yield self._trade, trade
        if self._best_moved() and wanted(self._book_ticker):
            yield self._book_ticker, payloads.book_ticker(market, self._dialect)
        for depth in self._depth:
            depth.add(step)
            frame = depth.flush(market, wanted)
            if frame is not None:
                yield depth.stream, frame
        for stream, interval_ms in self._mark_prices.items():
            if market.has_ended(interval_ms) and wanted(stream):
                yield stream, payloads.mark_price_update(market)
        if self.statistics is not None:
            yield from self.statistics.frames(step, wanted)

    def _best_moved(self) -> bool:
        best, before = self._best_levels(), self._best
        self._best = best
        if self.journal.maxlen:
            self.journal.append((self.market.last_update_id, *best))
        return best != before

    def _best_levels(self) -> tuple[int, int, int, int]:
        book = self.market.book
        bid, ask = book.best_bid, book.best_ask
        return bid, book.levels[0][bid], ask, book.levels[1][ask]

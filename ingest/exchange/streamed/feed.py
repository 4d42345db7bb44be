"""Builds the stream frames of one symbol whose book comes on the stream."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Final

from ingest.exchange.market.simulated_symbol import SimulatedSymbol
from ingest.exchange.streamed.checksum import PROVED_LEVELS
from ingest.exchange.streamed.protocol import (
    BookFrame,
    Levels,
    StreamedProtocol,
    changes,
    window_of,
)

INTERVAL_MS: Final = 100
"""Between two frames of a book."""
FIGURES_MS: Final = {"markPrice@1s": 1_000, "openInterest": 3_000, "fundingRate": 3_000}
"""Kind of figures → interval of its frames, ms."""
FIRST_NUMBER: Final = 1_000

Frame = tuple[str, bytes]


class StreamedFeed:
    """The streams of one symbol: a window of the book, trades, figures."""

    def __init__(
        self,
        market: SimulatedSymbol,
        journal_steps: int,
        protocol: StreamedProtocol,
        *,
        proves: bool = False,
    ) -> None:
        """`journal_steps`: number of newest frames whose best levels are kept. `proves`: whether
        frames carry the checksum of the book."""
        self.market = market
        self._protocol = protocol
        self._proves = proves
        self._told_ms = market.now_ms
        """When the newest frame of the book was made."""
        self.journal: deque[tuple[int, int, int, int, int]] = deque(maxlen=journal_steps)
        self.recent: deque[dict[str, Any]] = deque(maxlen=1)
        lower = market.spec.symbol.lower()
        self._depth, self._trade = f"{lower}@depth@100ms", f"{lower}@aggTrade"
        self._figures = {f"{lower}@{kind}": kind for kind in FIGURES_MS}
        self.published = window_of(market.book, protocol.window)
        """Ticks and lots of bids and asks as of the newest frame."""
        self.number = FIRST_NUMBER
        """Number of the newest frame."""

    def step(self, wanted: Callable[[str], bool]) -> Iterator[Frame]:
        """Advance the market by a step and yield the frames of wanted streams."""
        market = self.market
        step = market.step()
        if step.fills and wanted(self._trade):
            for frame in self._protocol.trades(market.spec, step.fills, market.now_ms):
                yield self._trade, frame
        if market.now_ms % INTERVAL_MS == 0 and (told := self._advance()) is not None:
            yield self._depth, told
        for stream, kind in self._figures.items():
            if market.now_ms % FIGURES_MS[kind] == 0 and wanted(stream):
                yield stream, self._protocol.figures(kind, market, is_whole=False)

    def first(self, stream: str) -> bytes | None:
        """Return the frame with which a subscription begins; None for a stream without one."""
        if stream == self._depth:
            bids, asks = (list(side.items()) for side in self.published)
            return self._book((bids, asks), -1)
        kind = self._figures.get(stream)
        return None if kind is None else self._protocol.figures(kind, self.market, is_whole=True)

    def restart(self) -> bytes:
        """Number the book anew and return the frame that says so, as after a restart of the
        venue."""
        previous, self.number = self.number, 1
        if not self._protocol.restarts_with_book:
            return self._book(([], []), previous)
        bids, asks = (list(side.items()) for side in self.published)
        return self._book((bids, asks), -1)

    def answer(self) -> bytes:
        """Return the answer to a request for the book."""
        bids, asks = (list(side.items()) for side in self.published)
        market = self.market
        frame = BookFrame((bids, asks), self.number, -1, market.now_ms, market.last_change_ms)
        return self._protocol.answer(market.spec, frame)

    def _advance(self) -> bytes | None:
        after = window_of(self.market.book, self._protocol.window)
        bids, asks = (changes(b, a) for b, a in zip(self.published, after, strict=True))
        if not bids and not asks:
            keep_alive_ms = self._protocol.keep_alive_ms
            if not keep_alive_ms or self.market.now_ms - self._told_ms < keep_alive_ms:
                return None
            self._told_ms = self.market.now_ms
            return self._book(([], []), self.number)
        self._told_ms = self.market.now_ms
        previous = self.number
        self.number = self._protocol.next_number(previous, self.market)
        self.published = after
        best_bid, best_ask = max(after[0]), min(after[1])
        self.journal.append(
            (self.number, best_bid, after[0][best_bid], best_ask, after[1][best_ask])
        )
        return self._book((bids, asks), previous)

    def _book(
        self, levels: tuple[list[tuple[int, int]], list[tuple[int, int]]], previous: int
    ) -> bytes:
        market = self.market
        now_ms, changed_ms = market.now_ms, market.last_change_ms
        frame = BookFrame(levels, self.number, previous, now_ms, changed_ms, self._proved())
        return self._protocol.book(market.spec, frame)

    def _proved(self) -> Levels | None:
        if not self._proves:
            return None
        bids, asks = self.published
        return (
            sorted(bids.items(), reverse=True)[:PROVED_LEVELS],
            sorted(asks.items())[:PROVED_LEVELS],
        )

"""Hand-written market scenes for tests of the rules: a quiet book, and what happens to one wall."""

from typing import Any

from processors.engine.engine import MarketEngine
from schemas.market import (
    BookReset,
    DepthDiff,
    DepthHeartbeat,
    DepthSnapshot,
    OpenInterest,
    ResetReason,
    TakerSide,
    Trade,
    Trades,
)
from schemas.settings import EngineSettings, merged
from schemas.signals import LargeOrderEvent, OrderEventKind, Signal
from schemas.topics import topic_of_record

VENUE, SYMBOL = "binance_usdm", "BTCUSDT"
START_MS = 1_700_000_000_000
MID = 1_000.0
TICK = 0.5
WALL_USD_THRESHOLD = 100_000.0
QUIET_SETTINGS: dict[str, Any] = {
    # Levels of the quiet book are worth 1,000 each: the top 50 of both sides make 100,000.
    "threshold": {"mode": "absolute", "absolute_usd": WALL_USD_THRESHOLD},
}


class Scene:
    """A book of 200 small levels a side around 1,000; times are ms after the start."""

    def __init__(self, **overrides: Any) -> None:
        settings = merged(EngineSettings().model_dump(), QUIET_SETTINGS)
        self.settings = EngineSettings.model_validate(merged(settings, overrides))
        self.engine = MarketEngine(VENUE, SYMBOL, self.settings)
        self.signals: list[Signal] = []
        self._offsets = {"depth": 0, "trades": 0, "polls": 0}
        self._update_id = 100
        self._trades: list[Trade] = []
        self._unsound: dict[str, Any] = {}
        self._log: list[tuple[Any, int]] = []
        self._poll_time = 0
        self.now = 0
        levels = range(1, 201)
        self._feed(
            "depth",
            DepthSnapshot(
                **self._head(0),
                last_update_id=self._update_id,
                bids=[(MID - i * TICK, 1.0) for i in levels],
                asks=[(MID + i * TICK, 1.0) for i in levels],
            ),
        )

    @property
    def orders(self) -> list[LargeOrderEvent]:
        """Every order event so far."""
        return [signal for signal in self.signals if isinstance(signal, LargeOrderEvent)]

    @property
    def closed(self) -> list[LargeOrderEvent]:
        """The closing events so far."""
        return [event for event in self.orders if event.kind is OrderEventKind.CLOSED]

    def of(self, kind: type[Signal]) -> list[Any]:
        """Every signal of a type so far."""
        return [signal for signal in self.signals if isinstance(signal, kind)]

    def trade(self, at: int, price: float, qty: float, taker: TakerSide) -> None:
        """A trade, sent along with the next depth update."""
        self._trades.append(Trade(len(self._trades), START_MS + at, price, qty, taker))

    def lose_trades(self, since: int, until: int) -> None:
        """The next pack says that trades from `since` to `until` may be missing."""
        self._unsound = {
            "unsound_from": START_MS + since,
            "unsound_to": START_MS + until,
            "unsound_reason": "trade ids 7..8 are missing",
        }

    def depth(
        self,
        at: int,
        bids: list[tuple[float, float]] | None = None,
        asks: list[tuple[float, float]] | None = None,
    ) -> list[LargeOrderEvent]:
        """A depth update at `at`; returns the order events of this step."""
        before = len(self.orders)
        self._send_trades(at)
        diff = DepthDiff(
            **self._head(at),
            first_update_id=self._update_id + 1,
            last_update_id=self._update_id + 5,
            prev_update_id=self._update_id,
            bids=bids or [],
            asks=asks or [],
        )
        self._update_id += 5
        self._feed("depth", diff)
        self.now = at
        return self.orders[before:]

    def wait(self, until: int, step: int = 100) -> list[LargeOrderEvent]:
        """Depth updates that change nothing, every `step` ms up to and including `until`."""
        before = len(self.orders)
        for at in range(self.now + step, until + 1, step):
            self.depth(at)
        return self.orders[before:]

    def reset(self, at: int) -> None:
        """The feed loses the book."""
        self._send_trades(at)
        self._feed("depth", BookReset(**self._head(at), reason=ResetReason.GAP))

    def poll(self, at: int, open_interest: float) -> None:
        """An open-interest poll that the next trade pack names."""
        self._poll_time = START_MS + at
        self._feed("polls", OpenInterest(**self._head(at), open_interest=open_interest))

    def finish(self, at: int) -> None:
        """Move both streams on to `at`."""
        self._send_trades(at)
        self._feed("depth", DepthHeartbeat(**self._head(at)))

    def restart(self) -> None:
        """Go on with an engine made of the saved state, fed again from where it has to be."""
        self.engine = MarketEngine.load(self.engine.dump(), self.settings)
        due = self.engine.next_offsets()
        for record, offset in self._log:
            if offset >= due.get(topic_of_record(record).name, 0):
                self.signals += self.engine.apply(record, offset)

    def lose_a_diff(self) -> None:
        """Make the next depth update one that does not follow."""
        self._update_id += 5

    def _send_trades(self, at: int) -> None:
        pack = Trades(
            venue=VENUE,
            symbol=SYMBOL,
            received_us=(START_MS + at) * 1_000,
            watermark=START_MS + at,
            open_interest_time=self._poll_time,
            trades=self._trades,
            **self._unsound,
        )
        self._trades, self._unsound = [], {}
        self._feed("trades", pack)

    def _feed(self, topic: str, record: Any) -> None:
        self._log.append((record, self._offsets[topic]))
        self.signals += self.engine.apply(record, self._offsets[topic])
        self._offsets[topic] += 1

    @staticmethod
    def _head(at: int) -> dict[str, Any]:
        time = START_MS + at
        return {
            "venue": VENUE,
            "symbol": SYMBOL,
            "event_time": time,
            "received_us": time * 1_000,
        }

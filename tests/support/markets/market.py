"""Small random markets: valid record streams of one symbol, for property tests of the engine."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from schemas.market import (
    BookReset,
    DepthDiff,
    DepthHeartbeat,
    DepthSnapshot,
    MarketRecord,
    OpenInterest,
    ResetReason,
    TakerSide,
    Trade,
    Trades,
)
from schemas.topics import DEPTH, OPEN_INTEREST, TRADES

VENUE, SYMBOL = "binance_usdm", "BTCUSDT"
START_MS = 1_700_000_000_000


@dataclass
class MarketLog:
    """What ingest would have written: one list of records a topic; the index is the offset."""

    depth: list[MarketRecord] = field(default_factory=list)
    trades: list[MarketRecord] = field(default_factory=list)
    polls: list[MarketRecord] = field(default_factory=list)

    def topics(self) -> dict[str, list[MarketRecord]]:
        """Return the records by topic name."""
        return {DEPTH.name: self.depth, TRADES.name: self.trades, OPEN_INTEREST.name: self.polls}

    def interleaved(self, random: Random) -> list[tuple[MarketRecord, int]]:
        """Return all records with their offsets in a random interleaving of the topics."""
        left = {name: list(enumerate(records)) for name, records in self.topics().items()}
        order: list[tuple[MarketRecord, int]] = []
        while any(left.values()):
            name = random.choice([name for name, records in left.items() if records])
            for _ in range(random.choice((1, 1, 2, 10, 100))):
                if left[name]:
                    offset, record = left[name].pop(0)
                    order.append((record, offset))
        return order


@dataclass
class _Market:
    """A book around 60,000 with a few prices a side, walls that come and go, and takers."""

    random: Random
    log: MarketLog = field(default_factory=MarketLog)
    now: int = START_MS
    update_id: int = 1_000
    book: dict[str, dict[float, float]] = field(
        default_factory=lambda: {
            "bid": {60_000.0 - i: 1.0 + i % 3 for i in range(40)},
            "ask": {60_001.0 + i: 1.0 + i % 3 for i in range(40)},
        }
    )
    pack: list[Trade] = field(default_factory=list)
    trade_id: int = 0
    poll_time: int = 0

    def snapshot(self) -> None:
        self.log.depth.append(
            DepthSnapshot(
                venue=VENUE,
                symbol=SYMBOL,
                event_time=self.now,
                received_us=self.now * 1_000,
                last_update_id=self.update_id,
                bids=sorted(self.book["bid"].items(), reverse=True),
                asks=sorted(self.book["ask"].items()),
            )
        )

    def reset(self) -> None:
        self.log.depth.append(
            BookReset(
                venue=VENUE,
                symbol=SYMBOL,
                event_time=self.now,
                received_us=self.now * 1_000,
                reason=ResetReason.GAP,
            )
        )

    def step(self) -> None:
        """One depth frame: some levels set, some cancelled, some consumed by trades."""
        before = {side: dict(levels) for side, levels in self.book.items()}
        frame = self.random.choice((20, 50, 100, 300))
        times = sorted(self.random.randint(self.now + 1, self.now + frame) for _ in range(3))
        for time in times:
            self._act(time)
        self.now += frame
        changes = {
            side: [
                (price, self.book[side].get(price, 0.0))
                for price in sorted({*levels, *self.book[side]})
                if self.book[side].get(price, 0.0) != levels.get(price, 0.0)
            ]
            for side, levels in before.items()
        }
        self.log.depth.append(
            DepthDiff(
                venue=VENUE,
                symbol=SYMBOL,
                event_time=self.now,
                received_us=self.now * 1_000,
                first_update_id=self.update_id + 1,
                last_update_id=self.update_id + 7,
                prev_update_id=self.update_id,
                bids=changes["bid"],
                asks=changes["ask"],
            )
        )
        self.update_id += 7

    def _act(self, time: int) -> None:
        side = self.random.choice(("bid", "ask"))
        levels = self.book[side]
        price = self.random.choice(sorted(levels))
        kind = self.random.random()
        if kind < 0.3:
            levels[price] = round(self.random.choice((0.5, 2.0, 90.0, 150.0, 400.0)), 3)
        elif kind < 0.45:
            levels[price] = round(levels[price] * self.random.choice((0.1, 0.5, 0.9)), 3) or 0.001
        elif kind < 0.55 and len(levels) > 5:
            del levels[price]
        else:
            share = self.random.choice((0.2, 0.5, 1.0))
            qty = round(levels[price] * share, 3) or 0.001
            rest = round(levels[price] - qty, 3)
            if rest > 0:
                levels[price] = rest
            elif len(levels) > 5:
                del levels[price]
            else:
                levels[price] = 1.0
            taker = TakerSide.BUY if side == "ask" else TakerSide.SELL
            self.trade_id += 1
            self.pack.append(Trade(self.trade_id, time, price, qty, taker))

    def send_pack(self) -> None:
        """A pack of what was traded, or a heartbeat; sometimes naming the newest poll, sometimes
        saying that trades may be missing."""
        unsound: dict[str, Any] = {}
        if self.random.random() < 0.1:
            since = self.now - self.random.randint(0, 900)
            until = since + self.random.randint(0, 600)
            unsound = {"unsound_from": since, "unsound_to": until, "unsound_reason": "a gap"}
        watermark = self.pack[-1].event_time - 1 if self.pack else self.now - 500
        self.log.trades.append(
            Trades(
                venue=VENUE,
                symbol=SYMBOL,
                received_us=self.now * 1_000,
                watermark=watermark,
                open_interest_time=self.poll_time,
                trades=self.pack,
                **unsound,
            )
        )
        self.pack = []

    def poll(self) -> None:
        self.poll_time = self.now - 900
        self.log.polls.append(
            OpenInterest(
                venue=VENUE,
                symbol=SYMBOL,
                event_time=self.poll_time,
                received_us=self.now * 1_000,
                open_interest=1_000.0 + self.random.randint(-50, 50),
            )
        )


def random_log(seed: int, frames: int = 150, resets: bool = True) -> MarketLog:
    """Return the log of a random market of `frames` depth frames, ended as a finite source is."""
    market = _Market(Random(seed))
    market.snapshot()
    for _ in range(frames):
        market.step()
        if market.random.random() < 0.7:
            market.send_pack()
        if market.random.random() < 0.05:
            market.poll()
        if resets and market.random.random() < 0.01:
            market.reset()
            market.snapshot()
    market.send_pack()
    end = market.now - market.now % 1_000 + 1_000
    common = {"venue": VENUE, "symbol": SYMBOL, "received_us": market.now * 1_000}
    market.log.trades.append(Trades(watermark=end, trades=[], **common))
    market.log.depth.append(DepthHeartbeat(event_time=end, **common))
    return market.log

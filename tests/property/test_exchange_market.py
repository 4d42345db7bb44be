"""The simulated market keeps the venue's promises, whatever the seed."""

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.exchange.market import payloads
from ingest.exchange.market.book import Book, Side
from ingest.exchange.market.feed import SimulatedFeed
from ingest.exchange.market.simulated_symbol import SimulatedSymbol
from ingest.exchange.market.spec import spec_of

START_MS = 1_700_000_000_000
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "SIM007USDT")
seeds = st.integers(0, 2**32)


def feed_of(symbol: str, seed: int, place: int = 0) -> SimulatedFeed:
    return SimulatedFeed(SimulatedSymbol(spec_of(symbol), seed, START_MS, place))


class LocalBook:
    """A client's book, kept by the venue's rule and nothing else."""

    def __init__(self, snapshot: dict[str, Any]) -> None:
        self.bids = {float(p): float(q) for p, q in snapshot["bids"]}
        self.asks = {float(p): float(q) for p, q in snapshot["asks"]}
        self.u = snapshot["lastUpdateId"]
        self.synced = False

    def apply(self, diff: dict[str, Any]) -> bool:
        """Apply a diff; return False if it is older than the snapshot."""
        if not self.synced:
            if diff["u"] < self.u:
                return False
            assert diff["U"] <= self.u <= diff["u"] or diff["pu"] == self.u
            self.synced = True
        else:
            assert diff["pu"] == self.u
        for side, changes in ((self.bids, diff["b"]), (self.asks, diff["a"])):
            for price, qty in changes:
                if float(qty):
                    side[float(price)] = float(qty)
                else:
                    side.pop(float(price), None)
        self.u = diff["u"]
        return True


def exchange_side(market: SimulatedSymbol, side: Side) -> dict[float, float]:
    spec = market.spec
    return {
        float(spec.price_text(tick)): float(spec.qty_text(lots))
        for tick, lots in market.book.levels[side].items()
    }


@settings(max_examples=5, deadline=None)
@given(seed=seeds, symbol=st.sampled_from(SYMBOLS), speed=st.sampled_from((0, 100, 250, 500)))
def test_snapshot_and_diffs_rebuild_the_book(seed: int, symbol: str, speed: int) -> None:
    feed = feed_of(symbol, seed)
    market = feed.market
    depth, ticker = f"{symbol.lower()}@depth@{speed}ms", f"{symbol.lower()}@bookTicker"
    wanted = {depth, ticker}.__contains__
    early: list[dict[str, Any]] = []
    for _ in range(13):
        early += [json.loads(data) for stream, data in feed.step(wanted) if stream == depth]
    # 13 steps: for the slower streams this snapshot falls inside an interval.
    book = LocalBook(json.loads(payloads.depth_snapshot(market, 10**6)))
    for diff in early:
        book.apply(diff)
    last_ticker: dict[str, Any] = {}
    compared = 0
    for _ in range(400):
        for stream, data in feed.step(wanted):
            payload = json.loads(data)
            if stream == ticker:
                last_ticker = payload
                continue
            assert payload["U"] <= payload["u"]
            assert payload["T"] <= payload["E"]
            if not book.apply(payload) or payload["u"] != market.last_update_id:
                continue
            compared += 1
            assert book.bids == exchange_side(market, Side.BID)
            assert book.asks == exchange_side(market, Side.ASK)
            bid, ask = max(book.bids), min(book.asks)
            assert bid < ask
            if last_ticker:
                best = [float(last_ticker[name]) for name in ("b", "B", "a", "A")]
                assert best == [bid, book.bids[bid], ask, book.asks[ask]]
    assert compared > 20


@settings(max_examples=10, deadline=None)
@given(seed=seeds, symbol=st.sampled_from(SYMBOLS))
def test_trades_are_inside_the_window_of_the_diff_that_shows_them(seed: int, symbol: str) -> None:
    feed = feed_of(symbol, seed)
    lower = symbol.lower()
    depth, trade = f"{lower}@depth@100ms", f"{lower}@aggTrade"
    pending: list[dict[str, Any]] = []
    previous_ms, seen, last_ms, last_id = 0, 0, 0, 0
    for _ in range(800):
        for stream, data in feed.step({depth, trade}.__contains__):
            payload = json.loads(data)
            if stream == trade:
                pending.append(payload)
                assert payload["T"] >= last_ms
                assert payload["a"] == last_id + 1 or not last_id
                assert payload["f"] <= payload["l"]
                last_ms, last_id = payload["T"], payload["a"]
                continue
            side = {"b": dict(payload["b"]), "a": dict(payload["a"])}
            assert payload["T"] > previous_ms
            for fill in pending:
                assert previous_ms < fill["T"] <= payload["T"]
                assert fill["p"] in side["b" if fill["m"] else "a"]
                seen += 1
            previous_ms = payload["T"]
            pending.clear()
    assert not pending
    assert seen > 10


@settings(max_examples=10, deadline=None)
@given(seed=seeds, symbol=st.sampled_from(SYMBOLS[:3]))
def test_a_trade_takes_exactly_what_it_says(seed: int, symbol: str) -> None:
    """Every fill of a step equals what `consume` took from that level in that step."""
    market = feed_of(symbol, seed).market
    taken: Counter[tuple[Side, int]] = Counter()
    book = market.book
    consume = Book.consume

    class Counting(Book):
        def consume(self, side: Side, tick: int, lots: int) -> int:
            before = self.levels[side].get(tick, 0)
            traded = consume(self, side, tick, lots)
            assert self.levels[side].get(tick, 0) == before - traded
            taken[side, tick] += traded
            return traded

    book.__class__ = Counting
    total = 0
    for _ in range(600):
        taken.clear()
        step = market.step()
        filled: Counter[tuple[Side, int]] = Counter()
        for fill in step.fills:
            assert sum(fill.parts) == fill.lots
            assert len(fill.parts) == fill.last_id - fill.first_id + 1
            filled[Side.BID if fill.taker_sells else Side.ASK, fill.tick] += fill.lots
        assert filled == taken
        total += len(step.fills)
    assert total > 10


@given(seed=seeds, symbol=st.sampled_from(SYMBOLS))
@settings(max_examples=6, deadline=None)
def test_same_seed_same_bytes(seed: int, symbol: str) -> None:
    def tape(feed: SimulatedFeed) -> list[tuple[str, bytes]]:
        return [frame for _ in range(300) for frame in feed.step(lambda stream: True)]

    first = tape(feed_of(symbol, seed))
    assert first == tape(feed_of(symbol, seed))
    assert first != tape(feed_of(symbol, seed + 1))


def test_listening_does_not_change_the_market() -> None:
    deaf, heard = feed_of("BTCUSDT", 5), feed_of("BTCUSDT", 5)
    for _ in range(400):
        assert not list(deaf.step(lambda stream: False))
        list(heard.step(lambda stream: True))
    assert payloads.depth_snapshot(deaf.market, 1000) == payloads.depth_snapshot(heard.market, 1000)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("symbol", SYMBOLS[:3])
def test_actors_account_for_their_walls(seed: int, symbol: str) -> None:
    market = feed_of(symbol, seed).market
    for _ in range(3_000):
        market.step()
        for side in Side:
            for tick, lots in market.book.walls[side].items():
                assert 0 < lots <= market.book.levels[side][tick]
    ended = [episode for episode in market.log.episodes if episode.ended_ms is not None]
    assert len(ended) > 5
    for episode in ended:
        placed = episode.qty * (1 + episode.refills)
        assert -1e-9 <= episode.traded_qty <= placed + 1e-9

"""Books of others against ours and against two plain dicts: the depth frames of the BTC capture.

Each decodes the frame in its own way, applies it and reads the best bid. Ours detects nothing here.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from math import inf
from typing import Any, Final

import msgspec

from processors.engine.book.book_side import BookSide
from schemas.signals import Side
from tests.bench.peers.environment import peer
from tests.bench.yardstick import depth_frames, frame_decoder, two_dicts
from tests.support.markets.captures import CAPTURE

Reader = Callable[[list[bytes]], float]
"""Takes all frames; returns the best bid at the end."""
ORDERED: Final = 50


class _Texts(msgspec.Struct):
    b: list[tuple[str, str]]
    a: list[tuple[str, str]]


class _TextFrame(msgspec.Struct):
    data: _Texts


def ours(frames: list[bytes]) -> float:
    """The sides of the engine's book, nothing watched."""
    decoder = frame_decoder()
    bids, asks = BookSide(Side.BID, ORDERED, ()), BookSide(Side.ASK, ORDERED, ())
    for raw in frames:
        frame = decoder.decode(raw).data
        bids.update(frame.b, {}, inf)
        asks.update(frame.a, {}, inf)
        best = bids.best()
    assert best is not None
    return best[0]


def of_cryptofeed(*, reads_best: bool) -> Reader:
    """Return how cryptofeed 2.4 keeps a book: `exchanges/binance.py`, `_book`. It is sorted when
    it is read, here for the best bid of each frame or never. Raises ImportError."""
    parse, made = peer("yapic.json").loads, peer("order_book").OrderBook

    def read(frames: list[bytes]) -> float:
        book = made()
        for raw in frames:
            frame = parse(raw.decode(), parse_float=Decimal)["data"]
            for levels, side in ((frame["b"], book.bids), (frame["a"], book.asks)):
                for update in levels:
                    price, amount = Decimal(update[0]), Decimal(update[1])
                    if amount == 0:
                        if price in side:
                            del side[price]
                    else:
                        side[price] = amount
            if reads_best and len(book.bids):
                book.bids.index(0)
        return float(book.bids.index(0)[0])

    return read


def of_nautilus() -> Reader:
    """Return how nautilus_trader keeps a book: deltas of an L2 book. Raises ImportError."""
    data, enums = peer("nautilus_trader.model.data"), peer("nautilus_trader.model.enums")
    price, qty = (getattr(peer("nautilus_trader.model.objects"), n) for n in ("Price", "Quantity"))
    made = peer("nautilus_trader.model.book").OrderBook
    whose = peer("nautilus_trader.model.identifiers").InstrumentId.from_str("BTCUSDT.BINANCE")
    update, delete = enums.BookAction.UPDATE, enums.BookAction.DELETE
    zero = Decimal(0)

    def read(frames: list[bytes]) -> float:
        decoder = msgspec.json.Decoder(_TextFrame)
        book = made(whose, enums.BookType.L2_MBP)
        for number, raw in enumerate(frames):
            frame = decoder.decode(raw).data
            for levels, side in ((frame.b, enums.OrderSide.BUY), (frame.a, enums.OrderSide.SELL)):
                for at, size in levels:
                    left = qty.from_str(size)
                    order = data.BookOrder(side, price.from_str(at), left, 0)
                    action = update if left.as_decimal() != zero else delete
                    book.apply_delta(data.OrderBookDelta(whose, action, order, 0, number, 0, 0))
            best = book.best_bid_price()
        return float(best)

    return read


def _known() -> dict[str, Reader]:
    found: dict[str, Reader] = {"two dicts": two_dicts, "wallwatch": ours}
    of_others: dict[str, Callable[[], Reader]] = {
        "cryptofeed": lambda: of_cryptofeed(reads_best=True),
        "cryptofeed, never read": lambda: of_cryptofeed(reads_best=False),
        "nautilus_trader": of_nautilus,
    }
    for name, made in of_others.items():
        try:
            found[name] = made()
        except ImportError as error:
            sys.stderr.write(f"SKIPPED {name}: {error}\n")
    return found


def measure(rounds: int) -> dict[str, list[float]]:
    """Return processor time for one depth event, us, by reader and round."""
    frames = depth_frames(CAPTURE)
    readers = _known()
    found: dict[str, list[float]] = {name: [] for name in readers}
    best: set[float] = set()
    for _ in range(rounds):
        for name, read in readers.items():
            start_s = time.process_time()
            best.add(read(frames))
            found[name].append((time.process_time() - start_s) / len(frames) * 1e6)
    if len(best) != 1:
        raise RuntimeError(f"the books do not agree on the best bid: {sorted(best)}")
    return found


def main() -> None:
    """Print what was measured as a JSON line: no peer shares a process with the caller."""
    result: dict[str, Any] = measure(int(sys.argv[1]))
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()

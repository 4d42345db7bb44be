"""The kinds of trouble: what happens to the lines of one symbol, and which counter must tell it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tests.e2e.matrix.market import HIT, Line

MIDDLE: Final = 0.5
YEAR_MS: Final = 365 * 86_400_000

Lines = list[Line]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of trouble."""

    name: str
    frame: str
    """Which lines of the hit symbol are changed: the one in the middle, or that and all later."""
    change: Callable[[Line], Lines]
    told_by: str = ""
    """`letters`: a dead letter; `resets`: the book is given up until a snapshot; empty: nothing is
    lost."""
    lasting: bool = False
    """Whether all later lines are changed as well."""
    ends: bool = False
    """Whether nothing of the symbol comes afterwards."""
    quote: str = "USDT"
    """What the symbol is quoted in."""

    def lines(self, sound: Lines, place: float = MIDDLE) -> Lines:
        """Return the capture with the trouble in it, at a share of the symbol's lines."""
        places = [
            n
            for n, line in enumerate(sound)
            if line.symbol == HIT and self.frame in (line.kind, ANY)
        ]
        first = places[int(len(places) * place)]
        hit = {place for place in places if place == first or (self.lasting and place > first)}
        changed: Lines = []
        for n, line in enumerate(sound):
            changed += self.change(line) if n in hit else [line]
        return changed


ANY: Final = "any"


def _with(**values: Any) -> Callable[[Line], Lines]:
    return lambda line: [line.with_data(**values)]


def _later(by_ms: int, *names: str) -> Callable[[Line], Lines]:
    """Return a change of stated times."""

    def change(line: Line) -> Lines:
        times = line.document if line.kind == "snapshot" else line.document["data"]
        return [line.with_data(**{name: times[name] + by_ms for name in names})]

    return change


def _in_microseconds(*names: str) -> Callable[[Line], Lines]:
    return lambda line: [
        line.with_data(**{name: line.document["data"][name] * 1_000 for name in names})
    ]


def _bids_at(share: float) -> Callable[[Line], Lines]:
    """Return a change that puts a bid at a share of the highest price of the frame."""

    def change(line: Line) -> Lines:
        data = line.document["data"]
        best = max(float(price) for price, _ in [*data["a"], *data["b"]])
        return [line.with_data(b=[[f"{best * share:.2f}", "5.000"]])]

    return change


def _locked(line: Line) -> Lines:
    """Put a bid on the lowest price that asks stand at."""
    data = line.document["data"]
    asks = [price for price, qty in data["a"] if float(qty)]
    return [line.with_data(b=[[min(asks, key=float), "5.000"]])]


def _twice(line: Line) -> Lines:
    bids = line.document["data"]["b"]
    return [line.with_data(b=[*bids, bids[0]])]


def _crossed_snapshot(line: Line) -> Lines:
    bids, asks = line.document["bids"], line.document["asks"]
    return [line.with_data(bids=asks, asks=bids)]


def _enormous(line: Line) -> Lines:
    """Add a level far below the price with more than a signed integer of smallest units holds."""
    bids = line.document["data"]["b"]
    return [line.with_data(b=[*bids, ["1.00", "900000000000000000"]])]


def _torn(line: Line) -> Lines:
    return [line._replace(cut=True)]


QUOTED: Final = Kind("a quote without a value", "aggTrade", lambda line: [line], quote="TRY")
"""Nothing happens to its lines: nobody knows what its amounts are worth in USD."""
KINDS: Final = (
    # Quantities
    Kind("a trade of 4e17", "aggTrade", _with(q="400000000000000000"), lasting=True),
    Kind("a level of 1e18", "depth", _enormous),
    Kind("a trade beyond 1e18", "aggTrade", _with(q="1e19"), "letters"),
    Kind("an infinite quantity", "aggTrade", _with(q="1e999"), "letters"),
    Kind("a negative quantity", "aggTrade", _with(q="-1"), "letters"),
    # Times
    Kind("a depth frame a year ahead", "depth", _later(YEAR_MS, "E", "T"), "letters"),
    Kind("a depth frame an hour ahead", "depth", _later(3_600_000, "E", "T"), "letters"),
    Kind("a trade a year ahead", "aggTrade", _later(YEAR_MS, "E", "T"), "letters"),
    Kind("a mark price a year ahead", "markPrice", _later(YEAR_MS, "E"), "letters"),
    Kind("a snapshot a year ahead", "snapshot", _later(YEAR_MS, "E", "T"), "letters"),
    Kind("depth in microseconds", "depth", _in_microseconds("E", "T"), "letters"),
    Kind("trades in microseconds", "aggTrade", _in_microseconds("T"), "letters", lasting=True),
    Kind("a mark price in microseconds", "markPrice", _in_microseconds("E"), "letters"),
    Kind("a time of zero", "aggTrade", _with(T=0), "letters"),
    # Values
    Kind("a price that is no number", "depth", _with(b=[["x", "1"]]), "letters"),
    Kind("a null", "depth", _with(u=None), "letters"),
    # Hostile text
    Kind("a quantity of nan", "aggTrade", _with(q="NaN"), "letters"),
    Kind("a formula for a price", "depth", _with(b=[["=1+1", "1"]]), "letters"),
    Kind("a script for a symbol", "aggTrade", _with(s="<script>alert(1)</script>"), "letters"),
    Kind("a statement for a symbol", "depth", _with(s="'; DROP TABLE trades; --"), "letters"),
    Kind("the symbol of another", "markPrice", _with(s="BTCUSDT"), "letters"),
    # Silence
    Kind("a symbol that ends", ANY, lambda line: [], lasting=True, ends=True),
    # Files
    Kind("a lost depth frame", "depth", lambda line: [], "resets"),
    Kind("a depth frame twice", "depth", lambda line: [line, line]),
    Kind("a trade twice", "aggTrade", lambda line: [line, line]),
    Kind("a torn line", "depth", _torn, "letters"),
    Kind("a snapshot without levels", "snapshot", _with(bids=[], asks=[])),
    # Contradictions
    Kind("a crossed book", "depth", _bids_at(1.01), "resets"),
    Kind("a bid far above the mark price", "depth", _bids_at(1.2), "resets"),
    Kind("a locked book", "depth", _locked, "resets"),
    Kind("a level twice", "depth", _twice, "resets"),
    Kind("a negative price", "depth", _with(b=[["-1.00", "1"]]), "letters"),
    Kind("a price of zero", "depth", _with(b=[["0.00", "1"]]), "letters"),
    Kind("crossed snapshots", "snapshot", _crossed_snapshot),
)

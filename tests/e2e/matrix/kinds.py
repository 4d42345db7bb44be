"""The kinds of trouble: what happens to the lines of one symbol, and which counter must tell it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.e2e.matrix.market import HIT, Line

MIDDLE: Final = 0.5
YEAR_MS: Final = 365 * 86_400_000


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of trouble."""

    name: str
    frame: str
    """Which lines of the hit symbol; the one in the middle is changed."""
    change: Callable[[Line], list[Line]]
    told_by: str
    """`letters`: a dead letter; `resets`: the book is given up until a snapshot."""

    def lines(self, sound: list[Line]) -> list[Line]:
        """Return the capture with the trouble in it."""
        places = [
            n for n, line in enumerate(sound) if (line.symbol, line.kind) == (HIT, self.frame)
        ]
        place = places[int(len(places) * MIDDLE)]
        return [*sound[:place], *self.change(sound[place]), *sound[place + 1 :]]


def _crossed(line: Line) -> list[Line]:
    data = line.document["data"]
    best = max(float(price) for price, _ in [*data["a"], *data["b"]])
    return [line.with_data(b=[[f"{best * 1.1:.2f}", "5.000"]])]


def _ahead(line: Line) -> list[Line]:
    times = {name: line.document["data"][name] + YEAR_MS for name in ("E", "T")}
    return [line.with_data(**times)]


def _no_number(line: Line) -> list[Line]:
    return [line.with_data(b=[["x", "1"]])]


KINDS: Final = (
    Kind("a depth frame a year ahead", "depth", _ahead, "letters"),
    Kind("a trade a year ahead", "aggTrade", _ahead, "letters"),
    Kind("a mark price a year ahead", "markPrice", _ahead, "letters"),
    Kind(
        "a time in microseconds",
        "aggTrade",
        lambda line: [line.with_data(T=line.document["data"]["T"] * 1_000)],
        "letters",
    ),
    Kind(
        "a price that is no number",
        "depth",
        lambda line: [line.with_data(b=[["x", "1"]])],
        "letters",
    ),
    Kind("a negative quantity", "aggTrade", lambda line: [line.with_data(q="-1")], "letters"),
    Kind("a null", "depth", lambda line: [line.with_data(u=None)], "letters"),
    Kind("a lost depth frame", "depth", lambda line: [], "resets"),
    Kind("a crossed book", "depth", _crossed, "resets"),
)

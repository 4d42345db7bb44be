"""Outcomes by what was read, at which horizon, of which symbol."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np

from dashboards.proof.mids import Floats, Ints

POOLED: Final = "ALL"
"""In place of a symbol: every symbol together."""

SymbolKey = tuple[str, str]
"""Venue and symbol."""


class CellKey(NamedTuple):
    """One line of the scorecard."""

    kind: str
    label: str
    horizon_ms: int
    venue: str
    symbol: str


@dataclass(frozen=True)
class Cell:
    """The outcomes of one line, in order of time. Arrays of shape (outcomes,)."""

    key: CellKey
    symbols: list[SymbolKey]
    """Whose each is."""
    told_ms: Ints
    direction: Ints
    return_bps: Floats
    favourable_bps: Floats
    adverse_bps: Floats
    spread_bps: Floats
    """Half the spread at either end: what a taker pays who comes and goes."""
    void: int
    """Outcomes that cannot be graded."""
    undirected: int
    """Outcomes of readings for neither way."""
    takes_side: bool
    """Whether any of its readings, void or not, says up or down."""

    def __len__(self) -> int:
        """Return how many are graded."""
        return len(self.told_ms)


@dataclass
class _Rows:
    graded: list[Mapping[str, Any]] = field(default_factory=list)
    void: int = 0
    undirected: int = 0
    takes_side: bool = False


def cells_of(outcomes: Iterable[Mapping[str, Any]]) -> list[Cell]:
    """Group outcomes (rows of the view `outcomes`) by line, one for each symbol and one for all."""
    found: dict[CellKey, _Rows] = {}
    symbols: set[SymbolKey] = set()
    for row in outcomes:
        symbols.add((row["venue"], row["symbol"]))
        for venue, symbol in ((row["venue"], row["symbol"]), (POOLED, POOLED)):
            # A plain str, whether it comes from the engine or the store: the line's seed is made of
            # its name, and an enum has another one.
            kind = str(row["reading_kind"])
            key = CellKey(kind, row["label"], row["horizon_ms"], venue, symbol)
            rows = found.setdefault(key, _Rows())
            rows.takes_side |= row["direction"] != 0
            if row["void_reason"] is not None:
                rows.void += 1
            elif row["return_bps"] is None:
                rows.undirected += 1
            else:
                rows.graded.append(row)
    several = len(symbols) > 1
    return [
        _cell(key, rows)
        for key, rows in sorted(found.items(), key=lambda item: item[0])
        if several or key.symbol != POOLED
    ]


def _cell(key: CellKey, rows: _Rows) -> Cell:
    graded = sorted(rows.graded, key=lambda row: (row["told_at"], row["event_id"]))

    def floats(name: str) -> Floats:
        return np.array([row[name] for row in graded], dtype=np.float64)

    return Cell(
        key,
        [(row["venue"], row["symbol"]) for row in graded],
        np.array([row["told_at"] for row in graded], dtype=np.int64),
        np.array([row["direction"] for row in graded], dtype=np.int64),
        floats("return_bps"),
        floats("favourable_bps"),
        floats("adverse_bps"),
        floats("half_spread_bps_at") + floats("half_spread_bps_after"),
        rows.void,
        rows.undirected,
        rows.takes_side,
    )

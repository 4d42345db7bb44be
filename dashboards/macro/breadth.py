"""What the watch list as a whole looks like at the end of each step of five minutes."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from dashboards.proof.cells import SymbolKey
from dashboards.proof.mids import Floats
from schemas.signals import FinalAction
from schemas.units import BPS, HOUR_MS, NEVER_MS

STEP_MS: Final = 300_000
HOUR_STEPS: Final = HOUR_MS // STEP_MS
RISES: Final = (FinalAction.ACCUMULATE, FinalAction.MARKUP)
FALLS: Final = (FinalAction.DISTRIBUTION, FinalAction.MARKDOWN)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Breadth:
    """The inputs at one moment; None where nothing is known. Shares are of symbols."""

    symbols: int
    """Symbols with trades within the hour before."""
    actions: dict[str, float]
    """Share of the symbols in each final action."""
    one_sided: float | None
    """Difference of the shares that read for a rise and for a fall, [0, 1]."""
    manipulation: float | None
    lures_per_hour: float | None
    """Lures of the last hour a symbol."""
    net_defence: float | None
    """Walls that stand: (bid value - ask value) / both, [-1, 1]."""
    cvd_breadth: float | None
    """Share of symbols bought less share sold over the last hour, [-1, 1]."""
    oi_breadth: float | None
    """Share with risen less share with fallen open interest over the last hour, [-1, 1]."""
    funding_bps: float | None
    """Mean funding rate of the period, bps."""


@dataclass
class BreadthHistory:
    """What was stored, by symbol and step. Step k ends at (k + 1) * STEP_MS and knows nothing of
    what came after."""

    actions: dict[int, dict[SymbolKey, str]] = field(default_factory=dict)
    delta_usd: dict[int, dict[SymbolKey, float]] = field(default_factory=dict)
    open_interest: dict[int, dict[SymbolKey, float]] = field(default_factory=dict)
    funding: dict[int, dict[SymbolKey, float]] = field(default_factory=dict)
    lures: Counter[int] = field(default_factory=Counter)
    walls: Floats = field(default_factory=lambda: np.empty((0, 3)))
    """Shape (walls, 3): since and until, ms, and USD, negative for asks."""

    @classmethod
    def of(
        cls,
        actions: Iterable[Row],
        flow: Iterable[Row],
        lures: Iterable[Row],
        walls: Iterable[Row],
    ) -> "BreadthHistory":
        """Make it of the answers of the queries of the same names."""
        history = cls()
        for row in actions:
            key = (row["venue"], row["symbol"])
            history.actions.setdefault(row["step"], {})[key] = str(row["final_action"])
        for row in flow:
            key = (row["venue"], row["symbol"])
            for figures, name in (
                (history.delta_usd, "delta_usd"),
                (history.open_interest, "open_interest"),
                (history.funding, "funding_rate"),
            ):
                if row[name] is not None:
                    figures.setdefault(row["step"], {})[key] = row[name]
        for row in lures:
            history.lures[row["step"]] += row["lures"]
        stood = [
            (
                row["since_ms"],
                NEVER_MS if row["until_ms"] is None else row["until_ms"],
                row["value_usd"] * (1 if row["side"] == "bid" else -1),
            )
            for row in walls
        ]
        history.walls = np.array(stood, dtype=np.float64).reshape(-1, 3)
        return history

    def at(self, step: int) -> Breadth:
        """Return the breadth at the end of a step."""
        hour = range(step - HOUR_STEPS + 1, step + 1)
        deltas = Counter[SymbolKey]()
        for one in hour:
            deltas.update(self.delta_usd.get(one, {}))
        held = self.actions.get(step, {})
        shares = {name: n / len(held) for name, n in sorted(Counter(held.values()).items())}
        rises, falls = (sum(shares.get(name, 0.0) for name in side) for side in (RISES, FALLS))
        symbols = len(deltas)
        before, now = (self.open_interest.get(one, {}) for one in (step - HOUR_STEPS, step))
        funding = self.funding.get(step, {})
        return Breadth(
            symbols,
            shares,
            abs(rises - falls) if held else None,
            shares.get(FinalAction.MANIPULATION, 0.0) if held else None,
            sum(self.lures[one] for one in hour) / symbols if symbols else None,
            self._net_defence((step + 1) * STEP_MS),
            _balance(deltas.values()),
            _balance(now[key] - before[key] for key in now if key in before),
            sum(funding.values()) / len(funding) * BPS if funding else None,
        )

    def _net_defence(self, now_ms: int) -> float | None:
        since, until, value = self.walls.T
        standing = value[(since < now_ms) & (until >= now_ms)]
        total = float(np.abs(standing).sum())
        return float(standing.sum()) / total if total else None


def _balance(changes: Iterable[float]) -> float | None:
    signs = [(change > 0) - (change < 0) for change in changes]
    return sum(signs) / len(signs) if signs else None

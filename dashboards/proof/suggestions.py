"""How often the loss of a suggestion stayed within the amount that was set."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any, Final

from dashboards.proof.cells import POOLED
from schemas.signals import SuggestionEnd

NORMAL_95: Final = 1.959964
"""Quantile of the standard normal distribution for an interval of 95 %."""
DIGITS: Final = 4

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SuggestionLine:
    """The suggestions beside the walls of one class of one symbol; see the view
    suggestion_outcomes."""

    venue: str
    symbol: str
    """`ALL`: of every symbol together."""
    label: str
    suggestions: int
    """All that are over."""
    entered: int
    """Those that can be judged: stopped and held."""
    stopped: int
    held: int
    not_entered: int
    withdrawn: int
    touched_only: int
    """Those of the two that a trade touched at the entry and none went beyond: they may have been
    filled, and are not judged."""
    void: dict[str, int]
    """By reason."""
    within: int
    """Entered ones that lost no more than the amount."""
    within_share: float | None
    """Of the entered ones; None without any."""
    low: float | None
    high: float | None
    """95 % interval of the share (Wilson), as if they were independent."""
    mean_loss_usd: float | None
    """Of the entered ones; negative: a gain."""
    worst_loss_ratio: float | None
    """Largest loss against its amount."""


def judge_suggestions(outcomes: Iterable[Row]) -> list[SuggestionLine]:
    """Count suggestion outcomes (rows of the view `suggestion_outcomes`), a line for each class of
    each symbol, and one for all symbols where there are several."""
    groups: dict[tuple[str, str, str], list[Row]] = {}
    symbols: set[tuple[str, str]] = set()
    for row in outcomes:
        symbols.add((row["venue"], row["symbol"]))
        for venue, symbol in ((row["venue"], row["symbol"]), (POOLED, POOLED)):
            groups.setdefault((venue, symbol, str(row["classification"])), []).append(row)
    return [
        _line(*key, rows)
        for key, rows in sorted(groups.items(), key=lambda item: item[0])
        if len(symbols) > 1 or key[0] != POOLED
    ]


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927); `trials` > 0."""
    share, z = successes / trials, NORMAL_95
    centre = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    spread = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    half = spread / (1 + z * z / trials)
    return max(0.0, centre - half), min(1.0, centre + half)


def _line(venue: str, symbol: str, label: str, rows: list[Row]) -> SuggestionLine:
    ends = Counter(SuggestionEnd(row["end"]) for row in rows)
    entered = [row for row in rows if row["loss_usd"] is not None]
    within, count = sum(bool(row["is_within"]) for row in entered), len(entered)
    low, high = wilson(within, count) if entered else (None, None)
    void = Counter(str(row["void_reason"]) for row in rows if row["void_reason"] is not None)
    return SuggestionLine(
        venue,
        symbol,
        label,
        suggestions=len(rows),
        entered=count,
        stopped=ends[SuggestionEnd.STOPPED],
        held=ends[SuggestionEnd.HELD],
        not_entered=ends[SuggestionEnd.NOT_ENTERED],
        withdrawn=ends[SuggestionEnd.WITHDRAWN],
        touched_only=sum(_is_touched_only(row) for row in rows),
        void=dict(sorted(void.items())),
        within=within,
        within_share=_rounded(within / count) if entered else None,
        low=_rounded(low),
        high=_rounded(high),
        mean_loss_usd=_rounded(sum(r["loss_usd"] for r in entered) / count) if entered else None,
        worst_loss_ratio=_rounded(
            max((row["loss_usd"] / row["max_loss_usd"] for row in entered), default=None)
        ),
    )


def _is_touched_only(row: Row) -> bool:
    is_left = row["end"] in (SuggestionEnd.NOT_ENTERED, SuggestionEnd.WITHDRAWN)
    return is_left and row["touched_at"] is not None


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, DIGITS) + 0.0

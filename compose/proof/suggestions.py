"""What became of suggestions, as a table of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from compose.tables import aligned, markdown_table
from dashboards.proof.suggestions import SuggestionLine

SUGGESTIONS_HEAD: Final = (
    "suggestions beside standing walls: how often the loss of the entered ones stayed within the "
    "amount (maxLossAmount)"
)
HEADS: Final = (
    *("symbol", "wall", "told", "not entered", "withdrawn", "touched only", "void"),
    *("entered", "stopped", "within", "share", "95 %", "mean loss", "worst"),
)


def suggestions_text(lines: Sequence[SuggestionLine]) -> str:
    """Return the table for a terminal: losses in USD, the worst against its amount."""
    return aligned(HEADS, [_cells(line) for line in lines])


def suggestions_markdown(lines: Sequence[SuggestionLine]) -> str:
    """Return the table in Markdown."""
    return markdown_table(HEADS, [_cells(line) for line in lines])


def _cells(line: SuggestionLine) -> list[str]:
    void = ", ".join(f"{reason} {count}" for reason, count in line.void.items())
    counts = (line.entered, line.stopped, line.within)
    return [
        line.symbol,
        line.label,
        str(line.suggestions),
        str(line.not_entered),
        str(line.withdrawn),
        str(line.touched_only),
        void or "0",
        *map(str, counts),
        "" if line.within_share is None else f"{line.within_share:.1%}",
        "" if line.low is None or line.high is None else f"{line.low:.1%} to {line.high:.1%}",
        "" if line.mean_loss_usd is None else f"{line.mean_loss_usd:+.2f}",
        "" if line.worst_loss_ratio is None else f"{line.worst_loss_ratio:.2f}",
    ]

"""A scorecard as text and as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from compose.proof.forecasts import forecast_in_words, macro_in_words
from compose.proof.suggestions import SUGGESTIONS_HEAD, suggestions_markdown
from compose.tables import aligned, markdown_table
from dashboards.proof.scorecard import Line
from dashboards.web.answers.proof import ProofAnswer

Cell = Callable[[Line], str]


def _bps(figure: float | None) -> str:
    return "" if figure is None else f"{figure:+.2f}"


def _interval(line: Line) -> str:
    if line.low_bps is None or line.high_bps is None:
        return ""
    return f"{line.low_bps:+.2f} to {line.high_bps:+.2f}"


COLUMNS: Final[tuple[tuple[str, Cell], ...]] = (
    ("symbol", lambda line: line.symbol),
    ("reading", lambda line: f"{line.label} ({line.kind.replace('_', ' ')})"),
    ("horizon", lambda line: f"{line.horizon_ms / 1_000:g} s"),
    ("n", lambda line: str(line.readings or line.undirected)),
    ("void", lambda line: str(line.void)),
    ("mean", lambda line: _bps(line.mean_bps)),
    ("median", lambda line: _bps(line.median_bps)),
    ("hit", lambda line: "" if line.hit_rate is None else f"{line.hit_rate:.0%}"),
    ("net", lambda line: _bps(line.net_bps)),
    ("shifted", lambda line: _bps(line.shifted_bps)),
    ("placebo", lambda line: _bps(line.placebo_bps)),
    # What could not be tested has no effect to tell, only the mean that SQL gives as well.
    ("effect", lambda line: "" if line.q is None else _bps(line.effect_bps)),
    ("95 %", _interval),
    ("blocks", lambda line: str(line.blocks)),
    ("q", lambda line: "" if line.q is None else f"{line.q:.3f}"),
    ("verdict", lambda line: line.verdict.value),
)


def headline(card: ProofAnswer) -> str:
    """Return what the whole comes to, in one line."""
    if not card.outcomes:
        return "no outcomes yet: a reading is graded at the end of its horizon"
    told = [line for line in card.lines if line.verdict in ("informs", "misleads")]
    since, until = (
        datetime.fromtimestamp(time / 1_000, UTC).strftime("%Y-%m-%d %H:%M")
        for time in (card.since_ms, card.until_ms)
    )
    void = sum(card.void.values())
    reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(card.void.items()))
    return (
        f"{card.outcomes} outcomes from {since} to {until} UTC, {void} void"
        f"{f' ({reasons})' if reasons else ''}; {card.comparisons} lines tested at a false "
        f"discovery rate of 5 %: {len(told)} significant"
    )


def text(card: ProofAnswer) -> str:
    """Return the table for a terminal, figures in bps."""
    return aligned(*_cells(card))


def markdown(card: ProofAnswer, pictures: Sequence[str]) -> str:
    """Return the report: the headline, the pictures, the table."""
    table = markdown_table(*_cells(card))
    images = "\n".join(f"![{name}]({name})" for name in pictures)
    if all(line.q is None for line in card.lines):
        images = (
            "No pictures: too few. No line could be tested, which takes at least "
            f"{card.fewest_blocks} independent stretches of time."
        )
    suggestions = ""
    if card.suggestions:
        suggestions = f"\n{SUGGESTIONS_HEAD}:\n\n{suggestions_markdown(card.suggestions)}\n"
    macro = f"\n{macro_in_words(card.macro)}.\n" if card.macro is not None else ""
    macro += "".join(f"\n{forecast_in_words(line)}.\n" for line in card.forecasts)
    return (
        f"# What became of the readings\n\n{headline(card)}.\n\n"
        "Returns of mid in the direction of the reading, bps; net of half the spread and "
        f"{card.fee_bps:g} bps at either end. The effect is the mean less its control: the same "
        "readings at matched other times (placebo) or, where there are too few, shifted together "
        "(shifted). q is the false discovery rate over the whole table.\n\n"
        f"{images}\n\n{table}\n{suggestions}{macro}"
    )


def _cells(card: ProofAnswer) -> tuple[list[str], list[list[str]]]:
    """Return the heads and the rows."""
    rows = [[cell(line) for _, cell in COLUMNS] for line in card.lines]
    return [name for name, _ in COLUMNS], rows

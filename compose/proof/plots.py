"""A scorecard as pictures: effects with intervals, and the mean path after a reading."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from compose.evaluation.reporting.plots import new_figure, save
from dashboards.web.answers.proof import ProofAnswer, ProofLine

MOST_LINES: Final = 60
COLOURS: Final = {"informs": "#1f8b4c", "misleads": "#b03a2e"}
NEUTRAL: Final = "#8a8a8a"


def draw_all(card: ProofAnswer, folder: Path) -> list[str]:
    """Draw into `folder`; return the names of the files. Raises UserError without matplotlib."""
    tested = [line for line in card.lines if line.low_bps is not None]
    if not tested:
        return []
    _forest(tested[:MOST_LINES], folder / "forest.png")
    _paths(tested, folder / "paths.png")
    return ["forest.png", "paths.png"]


def _forest(lines: list[ProofLine], path: Path) -> None:
    figure, axes = new_figure(9, 1 + 0.22 * len(lines))
    for place, line in enumerate(reversed(lines)):
        colour = COLOURS.get(line.verdict.value, NEUTRAL)
        axes.plot([line.low_bps, line.high_bps], [place, place], color=colour)
        axes.plot([line.effect_bps], [place], "o", color=colour, markersize=4)
    axes.axvline(0.0, color="black", linewidth=0.8)
    axes.set_yticks(
        range(len(lines)),
        [f"{_name(line)}, {line.horizon_ms / 1_000:g} s" for line in reversed(lines)],
        fontsize=7,
    )
    axes.set_xlabel("effect against the control with its 95 % interval, bps")
    save(figure, path)


def _paths(lines: list[ProofLine], path: Path) -> None:
    figure, axes = new_figure(8, 5)
    for name in dict.fromkeys(map(_name, lines)):
        own = [line for line in lines if _name(line) == name]
        seconds = [line.horizon_ms / 1_000 for line in own]
        (drawn,) = axes.plot(seconds, [line.effect_bps for line in own], marker="o", label=name)
        axes.fill_between(
            seconds,
            [line.low_bps for line in own],
            [line.high_bps for line in own],
            color=drawn.get_color(),
            alpha=0.12,
        )
    axes.axhline(0.0, color="black", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_xlabel("seconds after the reading")
    axes.set_ylabel("mean path against the control, bps")
    axes.legend(fontsize=7)
    save(figure, path)


def _name(line: ProofLine) -> str:
    return f"{line.symbol} {line.label} ({line.kind.replace('_', ' ')})"

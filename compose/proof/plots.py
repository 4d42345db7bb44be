"""A scorecard as pictures: effects with intervals, and the mean path after each reading."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from compose.evaluation.reporting.plots import new_figure, save
from dashboards.proof.scorecard import Line, Verdict
from dashboards.web.answers.proof import ProofAnswer

MOST_LINES: Final = 90
MOST_PATHS: Final = 24
PATHS_A_ROW: Final = 3
COLOURS: Final = {Verdict.INFORMS: "#2563eb", Verdict.MISLEADS: "#db2777"}
NEUTRAL: Final = "#64748b"

Group = list[Line]
"""The tested lines of one reading on one symbol, by horizon."""


def draw_all(card: ProofAnswer, folder: Path) -> list[str]:
    """Draw into `folder`; return the names of the files, none where no line was tested.

    Raises UserError without matplotlib, and OSError.
    """
    groups = tested_groups(card)
    if not groups:
        return []
    _forest(groups, folder / "forest.png")
    _paths(groups[:MOST_PATHS], folder / "paths.png")
    return ["forest.png", "paths.png"]


def tested_groups(card: ProofAnswer) -> list[Group]:
    """Return the tested lines of each reading, those with the smallest q first."""
    groups: dict[str, Group] = {}
    for line in card.lines:
        if line.q is not None:
            groups.setdefault(_name(line), []).append(line)
    ordered = [sorted(group, key=lambda line: line.horizon_ms) for group in groups.values()]
    return sorted(ordered, key=lambda group: min(line.q or 0.0 for line in group))


def _forest(groups: list[Group], path: Path) -> None:
    rows = [(line, place == 0) for group in groups for place, line in enumerate(group)]
    shown = rows[:MOST_LINES]
    figure, axes = new_figure(9, 1.2 + 0.22 * len(shown))
    for place, (line, _) in enumerate(reversed(shown)):
        colour = _colour(line)
        axes.plot([line.low_bps, line.high_bps], [place, place], color=colour)
        axes.plot([line.effect_bps], [place], **_marker(line))
    axes.axvline(0.0, color="black", linewidth=0.8)
    names = [
        f"{_name(line)}, {_horizon(line)}" if is_first else _horizon(line)
        for line, is_first in reversed(shown)
    ]
    axes.set_yticks(range(len(shown)), names, fontsize=7)
    axes.margins(y=0.5 / len(shown))
    cut = f"; {len(rows) - len(shown)} lines more are not drawn" if len(rows) > len(shown) else ""
    axes.set_title(
        f"blue informs, pink misleads, hollow: no information{cut}", fontsize=8, loc="left"
    )
    axes.set_xlabel("effect against the control with its 95 % interval, bps")
    save(figure, path)


def _paths(groups: list[Group], path: Path) -> None:
    rows = -(-len(groups) // PATHS_A_ROW)
    figure, grid = new_figure(9, 0.4 + 1.9 * rows, columns=PATHS_A_ROW, rows=rows)
    for axes, group in zip(grid.flat, groups, strict=False):
        _path(axes, group)
    for axes in grid.flat[len(groups) :]:
        axes.set_axis_off()
    figure.supylabel("mean path against the control, bps", fontsize=8)
    save(figure, path)


def _path(axes: Any, group: Group) -> None:
    places = range(len(group) + 1)
    low, high = (
        [0.0, *(getattr(line, edge) for line in group)] for edge in ("low_bps", "high_bps")
    )
    axes.fill_between(places, low, high, color=COLOURS[Verdict.INFORMS], alpha=0.12, linewidth=0)
    axes.plot(places, [0.0, *(line.effect_bps for line in group)], color=NEUTRAL, linewidth=1)
    for place, line in enumerate(group, start=1):
        axes.plot([place], [line.effect_bps], **_marker(line))
    axes.axhline(0.0, color="black", linewidth=0.6)
    axes.set_xticks(places, ["told", *map(_horizon, group)], fontsize=6)
    axes.tick_params(axis="y", labelsize=6)
    axes.set_title(_name(group[0]), fontsize=7)


def _marker(line: Line) -> dict[str, Any]:
    """Return how a point is drawn: hollow where it may be chance."""
    colour = _colour(line)
    face = colour if line.verdict in COLOURS else "white"
    return {"marker": "o", "markersize": 4, "color": colour, "markerfacecolor": face}


def _colour(line: Line) -> str:
    return COLOURS.get(line.verdict, NEUTRAL)


def _horizon(line: Line) -> str:
    return f"{line.horizon_ms / 1_000:g} s"


def _name(line: Line) -> str:
    return f"{line.symbol} {line.label} ({line.kind.replace('_', ' ')})"

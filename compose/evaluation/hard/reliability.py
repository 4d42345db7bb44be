"""How often what is told with a probability is a lure: the reliability diagram."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from compose.evaluation.reporting.plots import new_figure, save


def draw_reliability(figures: Mapping[str, Any], path: Path) -> None:
    """Draw the reliability table of `probability_figures`. Raises UserError without matplotlib."""
    figure, axes = new_figure(5, 5)
    rows = figures.get("reliability", [])
    axes.plot([0, 1], [0, 1], color="#8a8a8a", linewidth=1)
    axes.plot(
        [row["told"] for row in rows], [row["were_lures"] for row in rows], "o-", color="#1f6f8b"
    )
    for row in rows:
        axes.annotate(str(row["pulls"]), (row["told"], row["were_lures"]), fontsize=8)
    axes.set_xlabel("probability that was told")
    axes.set_ylabel("share that were lures")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    save(figure, path)

"""Reliability of every forecast in one picture."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Final

from compose.evaluation.reporting.plots import new_figure, save
from compose.learn.learn import Learned
from compose.learn.report import WORDS
from schemas.fate.model import FateForecast

FILE: Final = "reliability.png"


def can_draw() -> bool:
    """Tell whether matplotlib, an extra, is installed."""
    return importlib.util.find_spec("matplotlib") is not None


def draw_reliability(learned: Learned, folder: Path) -> str:
    """Draw into `folder`; return the name of the file. Raises UserError without matplotlib."""
    figure, axes = new_figure(9, 9, columns=2, rows=2)
    for axis, name in zip(axes.ravel(), FateForecast, strict=True):
        rows = learned.reliability[name.value]
        told = [row["told"] for row in rows]
        came = [row["came_true"] for row in rows]
        most = max([0.05, *told, *came])
        axis.plot([0, most], [0, most], color="#8a8a8a", linewidth=1)
        axis.plot(told, came, "o-", color="#1f6f8b")
        for row in rows:
            axis.annotate(str(row["samples"]), (row["told"], row["came_true"]), fontsize=7)
        state = "on" if learned.model.tells(name) else "off"
        axis.set(title=f"{WORDS[name]} ({state})", xlabel="told", ylabel="came true")
    save(figure, folder / FILE)
    return FILE

"""The report's plots as PNG files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from compose.errors import UserError
from compose.evaluation.injection.episode import CLASSES, Group
from compose.evaluation.matching import Outcome
from compose.evaluation.tuning import CurvePoint

DPI: Final = 110
COLOURS: Final = ("#1f6f8b", "#d98032", "#8a8a8a")
SHORT: Final = [name.value.replace("_", "\n") for name in CLASSES]


def new_figure(width: float, height: float, columns: int = 1, rows: int = 1) -> tuple[Any, Any]:
    """Return a figure and its axes, drawn without a screen.

    Raises UserError where matplotlib is not installed.
    """
    try:
        import matplotlib as mpl  # noqa: PLC0415 - an extra: only a report needs it
    except ImportError:
        raise UserError(
            "matplotlib is not installed, which the plots need; pip install 'wallwatch[evaluate]'"
        ) from None
    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    return plt.subplots(rows, columns, figsize=(width, height), layout="constrained")


def save(figure: Any, path: Path) -> None:
    """Write a figure and release it."""
    from matplotlib import pyplot as plt  # noqa: PLC0415

    figure.savefig(path, dpi=DPI)
    plt.close(figure)


def draw_all(document: Mapping[str, Any], outcomes: Sequence[Outcome], folder: Path) -> list[str]:
    """Draw every plot of a report into `folder`; return the file names."""
    _classes(document, folder / "classes.png")
    _confusion(document, folder / "confusion.png")
    _delays(outcomes, folder / "delay.png")
    _buckets(document, folder / "buckets.png")
    return ["classes.png", "confusion.png", "delay.png", "buckets.png"]


def draw_curve(
    after: Sequence[CurvePoint], before: Sequence[CurvePoint], limit: float, path: Path
) -> None:
    """Draw what a limit of the spoof score gains and costs."""
    figure, axes = new_figure(7, 4)
    for points, name, style in ((after, "found", "-"), (before, "began with", ":")):
        limits = [point.limit for point in points]
        axes.plot(
            limits,
            [100 * point.slow_lures_found for point in points],
            style,
            color=COLOURS[0],
            label=f"slow lures found, weights {name}",
        )
        axes.plot(
            limits,
            [100 * point.others_accused for point in points],
            style,
            color=COLOURS[1],
            label=f"other pulled orders accused, weights {name}",
        )
    axes.axvline(limit, color=COLOURS[2], linewidth=1)
    axes.set(xlabel="limit of the spoof score", ylabel="%", ylim=(-2, 102))
    axes.legend(fontsize=8)
    save(figure, path)


def _classes(document: Mapping[str, Any], path: Path) -> None:
    figure, axes = new_figure(11, 4, columns=2)
    detectors = document["detectors"]
    width = 0.8 / len(detectors)
    for axis, group in zip(axes, Group, strict=True):
        for place, (name, figures) in enumerate(detectors.items()):
            found = [figures[group.value]["classes"][c.value]["f1"] for c in CLASSES]
            values = np.array([one["value"] for one in found])
            errors = [
                [max(0.0, one["value"] - one["low"]) for one in found],
                [max(0.0, one["high"] - one["value"]) for one in found],
            ]
            at = np.arange(len(CLASSES)) + (place - (len(detectors) - 1) / 2) * width
            axis.bar(at, values, width, label=name, color=COLOURS[place], yerr=errors, capsize=2)
        axis.set_xticks(range(len(CLASSES)), SHORT, fontsize=7)
        axis.set(title=f"{group.value} episodes", ylim=(0, 1.05), ylabel="F1")
        axis.legend(fontsize=8, loc="lower left")
    save(figure, path)


def _confusion(document: Mapping[str, Any], path: Path) -> None:
    figure, axes = new_figure(13, 5.5, columns=2)
    figures = document["detectors"][document["detector"]]
    for axis, group in zip(axes, Group, strict=True):
        matrix = figures[group.value]["confusion"]
        counts = np.array(matrix["counts"], dtype=float)
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        for (row, column), count in np.ndenumerate(counts):
            if count:
                colour = "white" if shares[row, column] > 0.5 else "black"
                axis.text(column, row, int(count), ha="center", va="center", color=colour)
        axis.set_xticks(range(len(matrix["columns"])), matrix["columns"], rotation=40, ha="right")
        axis.set_yticks(range(len(matrix["rows"])), matrix["rows"])
        axis.set(title=f"{group.value} episodes", xlabel="told as", ylabel="is")
    save(figure, path)


def _delays(outcomes: Sequence[Outcome], path: Path) -> None:
    figure, axes = new_figure(7, 4)
    told = [outcome for outcome in outcomes if outcome.delay_ms is not None]
    for name, colour, delays in (
        ("event time of the verdict", COLOURS[0], [o.delay_ms for o in told]),
        ("with waiting for the trade stream", COLOURS[1], [o.wait_ms for o in told]),
    ):
        ordered = np.sort(np.array(delays, dtype=float))
        share = np.arange(1, len(ordered) + 1) / max(1, len(ordered))
        axes.step(ordered, 100 * share, where="post", color=colour, label=name)
    axes.axvline(500, color=COLOURS[2], linewidth=1)
    axes.set(xlabel="ms after the truth was knowable", ylabel="% of verdicts", ylim=(0, 101))
    axes.legend(fontsize=8, loc="lower right")
    save(figure, path)


def _buckets(document: Mapping[str, Any], path: Path) -> None:
    figure, axes = new_figure(10, 3.6, columns=2)
    titles = (("by_lifetime_s", "lifetime, s"), ("by_distance_bps", "distance at opening, bps"))
    detectors = document["detectors"]
    width = 0.8 / len(detectors)
    for axis, (key, title) in zip(axes, titles, strict=True):
        for place, (name, figures) in enumerate(detectors.items()):
            buckets = figures[key]
            at = np.arange(len(buckets)) + (place - (len(detectors) - 1) / 2) * width
            right = [100 * (bucket["right"] or 0) for bucket in buckets]
            axis.bar(at, right, width, label=name, color=COLOURS[place])
        ends = [f"{b['from']} to {b['to'] if b['to'] is not None else '...'}" for b in buckets]
        axis.set_xticks(range(len(ends)), ends)
        axis.set(xlabel=title, ylabel="% of episodes right", ylim=(0, 105))
    axes[0].legend(fontsize=8, loc="lower left")
    save(figure, path)

"""Pictures of single episodes: the price, the level, what was traded and when the verdict came."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from compose.evaluation.detectors.base import Detection
from compose.evaluation.detectors.wallwatch import WallwatchDetector
from compose.evaluation.injection.episode import Episode, Group
from compose.evaluation.injection.inject import LevelTruth
from compose.evaluation.reporting.plots import COLOURS, new_figure, save
from compose.evaluation.run import Pass
from schemas.settings import EngineSettings
from schemas.signals import Side

SUBJECTS: Final = {
    Group.CLEAN: ("defender", "absorbed", "partly filled", "spoofer", "layerer", "innocent"),
    Group.ADVERSARIAL: ("slow lure", "campaign", "iceberg", "hidden", "touched"),
}
"""Which actors are shown; both sides where the class depends on it."""
BOTH_SIDES: Final = ("defender", "absorbed")
MARGIN_MS: Final = 3_000
USD_PER_M: Final = 1e6


def draw_episodes(
    shown: Sequence[Pass], settings: EngineSettings, folder: Path, prefix: str = "episode"
) -> list[str]:
    """Draw the first rightly told episode of every subject; return the file names."""
    drawn: list[str] = []
    for one in shown:
        found = WallwatchDetector(settings).run(one.injected.stream)
        for actor in SUBJECTS[one.group]:
            sides = (Side.BID, Side.ASK) if actor in BOTH_SIDES else (None,)
            for side in sides:
                picked = _pick(one, found, actor, side)
                if picked is not None:
                    words = [prefix, *actor.split(), *([side.value] if side else [])]
                    name = "-".join(words) + ".png"
                    _draw(one, *picked, folder / name)
                    drawn.append(name)
    return drawn


def _pick(
    one: Pass, found: Sequence[Detection], actor: str, side: Side | None
) -> tuple[Episode, LevelTruth, Detection] | None:
    injected, path = one.injected, one.path
    for episode, truth in zip(injected.episodes, injected.truths, strict=True):
        if episode.actor != actor or (side is not None and episode.side is not side):
            continue
        price = path.grid.price(episode.tick)
        for detection in found:
            same = detection.side is episode.side and detection.price == price
            born = abs(detection.first_seen - int(path.times[episode.first])) < 1
            if same and born and detection.final is episode.label:
                return episode, truth, detection
    return None


def _draw(one: Pass, episode: Episode, truth: LevelTruth, detection: Detection, path: Path) -> None:
    market = one.path
    start, end = int(market.times[episode.first]), int(market.times[episode.last])
    price = market.grid.price(episode.tick)
    first, last = market.at(start - MARGIN_MS), market.at(end + MARGIN_MS)
    figure, (above, below) = new_figure(8, 5, rows=2)
    shown = slice(first, last)
    seconds = (market.times[shown] - start) / 1_000
    asks, bids = market.views[Side.ASK].own[shown], -market.views[Side.BID].own[shown]
    unit = market.grid.ticks_per_unit
    above.fill_between(seconds, bids / unit, asks / unit, step="post", color="#444", linewidth=1)
    mids = (bids + asks) / 2 / unit
    above.step(seconds, mids, where="post", color="#444", linewidth=0.8, label="market")
    above.hlines(price, 0, (end - start) / 1_000, color=COLOURS[1], linewidth=3, label="the order")
    times = np.array([time - start for time in truth.times]) / 1_000
    values = np.array(truth.shown) * price / USD_PER_M
    inside = times <= (end - start + MARGIN_MS) / 1_000
    below.step(times[inside], values[inside], where="post", color=COLOURS[1], label="displayed")
    traded = np.cumsum(truth.traded) * price / USD_PER_M
    below.step(times[inside], traded[inside], where="post", color=COLOURS[0], label="traded")
    top = max(values[inside].max(), traded[inside].max())
    for told in detection.told:
        at = (told.event_time - start) / 1_000
        for axis in (above, below):
            axis.axvline(at, color="#777", linewidth=0.8, linestyle="--")
        below.text(at, top, f" {told.classification.value}", fontsize=7, rotation=20, va="bottom")
    span = (-MARGIN_MS / 1_000, (end - start + MARGIN_MS) / 1_000)
    above.set(xlim=span, ylabel="price", title=f"{episode.actor}: {detection.final.value}")
    above.ticklabel_format(useOffset=False, style="plain")
    below.set(
        xlim=span,
        ylim=(0, top * 1.35),
        ylabel="million USD",
        xlabel=f"seconds after the order appeared ({one.market}, seed {one.seed})",
    )
    above.legend(fontsize=8, loc="upper left")
    below.legend(fontsize=8, loc="center left")
    save(figure, path)

"""Trials of the judgement itself, on as many tapes as one likes, on every core."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Final

from dashboards.proof.trial import TrialResult, trial

TAPE_HOURS: Final = 3.0
DRIFT_BPS: Final = 2.0
DRIFT_SEED: Final = 1_000_000
"""First seed of the tapes with a drift: never those without."""


@dataclass(frozen=True, slots=True)
class TrialReport:
    """How often the judgement was fooled, and how often it saw what was there."""

    tapes: int
    tested: int
    """Lines of the tapes without a drift that had enough data."""
    false_share: float
    """Share of them that was called significant."""
    fooled_share: float
    """Share of the tapes without a drift on which anything was."""
    found_share: float
    """Share of the tapes with a drift of DRIFT_BPS on which it was found."""


def run_trials(tapes: int, progress: Callable[[int, int], None]) -> TrialReport:
    """Judge `tapes` random walks and as many with a planted drift; tell (done, all)."""
    jobs = [(seed, TAPE_HOURS, 0.0) for seed in range(tapes)]
    jobs += [(DRIFT_SEED + seed, TAPE_HOURS, DRIFT_BPS) for seed in range(tapes)]
    results: list[TrialResult] = []
    with ProcessPoolExecutor() as pool:
        for result in pool.map(_trial, jobs, chunksize=4):
            results.append(result)
            progress(len(results), len(jobs))
    chance, drift = results[:tapes], results[tapes:]
    tested = sum(result.tested for result in chance)
    return TrialReport(
        tapes,
        tested,
        sum(result.called for result in chance) / max(tested, 1),
        sum(result.called > 0 for result in chance) / tapes,
        sum(result.found for result in drift) / tapes,
    )


def _trial(job: tuple[int, float, float]) -> TrialResult:
    return trial(*job)

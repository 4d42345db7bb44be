"""Trials of the judgement itself, on as many tapes as one likes, on every core."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any, Final

from compose.safe_path import safe_path
from compose.tables import aligned
from dashboards.proof.trial import TrialResult, trial
from dashboards.proof.trial_market import PLAIN, TrialMarket

Job = tuple[int, float, float, TrialMarket]
"""Seed, hours, drift in bps and what the tape is made of."""
DRIFT_SEED: Final = 1_000_000
"""First seed of the tapes with a drift, after that of the condition: never those without."""
HEADS: Final = ("tapes", "hours", "lines", "p at most 5 %", "significant", "any", "drift", "found")


@dataclass(frozen=True, slots=True)
class Condition:
    """A kind of tapes."""

    name: str
    hours: float = 3.0
    drift_bps: float = 2.0
    """What follows one class of readings, on half of the tapes."""
    market: TrialMarket = PLAIN
    first_seed: int = 0


BASE: Final = Condition("random walk")
HARDER: Final = (
    Condition("other seeds", first_seed=10_000_000),
    Condition("half the drift", drift_bps=1.0),
    Condition("a quarter of it", drift_bps=0.5),
    Condition("one hour", hours=1.0),
    Condition("a fifth of the readings", market=TrialMarket(burst_every_s=900)),
    Condition("jumps of 15 bps, 12 an hour", market=TrialMarket(jumps_an_hour=12, jump_bps=15.0)),
    Condition("three times as restless after a reading", market=TrialMarket(wake=3.0)),
    Condition(
        "all point up, mid rises where restless",
        market=TrialMarket(is_one_sided=True, rise_bps=0.02),
    ),
    Condition("readings follow the last 30 s", market=TrialMarket(follows_s=30)),
    Condition("the same, and so does the market", market=TrialMarket(follows_s=30, momentum=0.5)),
)
"""What makes it worse."""


@dataclass(frozen=True, slots=True)
class TrialReport:
    """How often the judgement was fooled, and how often it saw what was there."""

    condition: str
    hours: float
    drift_bps: float
    tapes: int
    tested: int
    """Lines of the tapes without a drift that had enough data."""
    below_share: float
    """Share of them with p at most 5 %, before many comparisons are allowed for."""
    false_share: float
    """Share of them that was called significant."""
    fooled_share: float
    """Share of the tapes without a drift on which anything was."""
    found_share: float
    """Share of the tapes with a drift on which it was found."""

    def as_json(self) -> dict[str, Any]:
        """Return a JSON document."""
        return asdict(self)


def run_trials(
    tapes: int, conditions: Sequence[Condition], progress: Callable[[int, int], None]
) -> list[TrialReport]:
    """Judge `tapes` tapes without a drift and as many with one, of each condition; tell
    (done, all)."""
    wanted = {one: (_jobs(one, tapes, 0), _jobs(one, tapes, 1)) for one in conditions}
    # Conditions may share tapes: those without a drift are the same whatever drift is tried.
    jobs = list(dict.fromkeys(job for pair in wanted.values() for own in pair for job in own))
    found: dict[Job, TrialResult] = {}
    with safe_path(), ProcessPoolExecutor() as pool:
        for job, result in zip(jobs, pool.map(_trial, jobs, chunksize=4), strict=True):
            found[job] = result
            progress(len(found), len(jobs))
    return [
        _report(one, [found[job] for job in chance], [found[job] for job in drift])
        for one, (chance, drift) in wanted.items()
    ]


def trials_text(reports: Sequence[TrialReport]) -> str:
    """Return a table for a terminal."""
    return aligned(("condition", *HEADS), [_cells(report) for report in reports])


def _jobs(condition: Condition, tapes: int, planted: int) -> list[Job]:
    first = condition.first_seed + planted * DRIFT_SEED
    drift_bps = planted * condition.drift_bps
    return [
        (seed, condition.hours, drift_bps, condition.market) for seed in range(first, first + tapes)
    ]


def _report(
    condition: Condition, chance: Sequence[TrialResult], drift: Sequence[TrialResult]
) -> TrialReport:
    tapes, tested = len(chance), sum(result.tested for result in chance)
    return TrialReport(
        condition.name,
        condition.hours,
        condition.drift_bps,
        tapes,
        tested,
        sum(result.below for result in chance) / max(tested, 1),
        sum(result.called for result in chance) / max(tested, 1),
        sum(result.called > 0 for result in chance) / tapes,
        sum(result.found for result in drift) / tapes,
    )


def _cells(report: TrialReport) -> list[str]:
    return [
        report.condition,
        str(report.tapes),
        f"{report.hours:g}",
        str(report.tested),
        f"{report.below_share:.2%}",
        f"{report.false_share:.2%}",
        f"{report.fooled_share:.1%}",
        f"{report.drift_bps:g} bps",
        f"{report.found_share:.1%}",
    ]


def _trial(job: Job) -> TrialResult:
    return trial(*job)

"""The figures of a run as one JSON document."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from compose.evaluation.injection.episode import CLASSES, Group
from compose.evaluation.matching import Outcome
from compose.evaluation.run import Result, Run
from compose.evaluation.scores import FOUND, LABELS, Interval, scores

LIFETIMES_S: Final = ((0, 1), (1, 3), (3, 10), (10, 1_000))
DISTANCES_BPS: Final = ((0, 2), (2, 5), (5, 15), (15, 1_000))
DIGITS: Final = 4


def headline(run: Run, detector: str) -> dict[str, Any]:
    """Return the figures of the last line of stdout; clean episodes unless it says otherwise."""
    figures = figures_of(run.results[detector])
    clean, hard = figures["clean"], figures["adversarial"]
    return {
        "detector": detector,
        "macro_f1": clean["macro_f1"]["value"],
        "f1": _f1_values(clean),
        "adversarial": {"macro_f1": hard["macro_f1"]["value"], "f1": _f1_values(hard)},
        "attribution_within_1pct": figures["attribution_within_1pct"],
        "false_spoof_per_hour": figures["false_spoof_per_hour"],
        "false_spoof_per_hour_simulated": figures["false_spoof_per_hour_simulated"],
        "delay_ms": figures["delay_ms"],
        "wait_ms": figures["wait_ms"],
        "episodes": figures["episodes"],
    }


def figures_of(result: Result) -> dict[str, Any]:
    """Return everything that is measured of one detector."""
    outcomes = result.outcomes
    scored = [outcome for outcome in outcomes if outcome.is_scored]
    capture, simulated = result.capture_alarms, result.simulated_alarms
    figures: dict[str, Any] = {
        "detector": result.detector,
        "episodes": len(outcomes),
        "attribution_within_1pct": _share(outcome.attribution_is_right for outcome in scored),
        "false_spoof_per_hour": round((capture if capture.hours else simulated).per_hour, 2),
        "false_spoof_per_hour_capture": round(capture.per_hour, 2) if capture.hours else None,
        "false_spoof_per_hour_simulated": round(simulated.per_hour, 2),
        "alarm_hours": {
            "capture": round(capture.hours, 4),
            "simulated": round(simulated.hours, 4),
        },
        "delay_ms": _delays([o.delay_ms for o in scored]),
        "wait_ms": _delays([o.wait_ms for o in scored]),
        "iceberg_flag": _share(o.iceberg_found for o in outcomes if o.iceberg and o.found),
        "by_lifetime_s": _buckets(outcomes, LIFETIMES_S, lambda o: o.lifetime_ms / 1_000),
        "by_distance_bps": _buckets(outcomes, DISTANCES_BPS, lambda o: o.distance_bps),
        "by_actor": _by_actor(outcomes),
        "own_actors": _own_actors(result),
    }
    for group in Group:
        figures[group.value] = _scores([o for o in outcomes if o.group is group])
    markets = sorted({outcome.market for outcome in outcomes})
    figures["macro_f1_by_market"] = {
        market: {
            group.value: _scores([o for o in outcomes if o.group is group and o.market == market])[
                "macro_f1"
            ]
            for group in Group
        }
        for market in markets
    }
    return figures


def failures(result: Result) -> list[dict[str, Any]]:
    """Return every episode that was not told as what it is, or not to its quantity."""
    return [
        asdict(outcome)
        for outcome in result.outcomes
        if not outcome.correct
        or outcome.beside
        or (outcome.is_scored and not outcome.attribution_is_right)
    ]


def _scores(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    found = scores(outcomes)
    return {
        "macro_f1": _interval(found.macro_f1),
        "classes": {
            name.value: {
                "precision": _interval(score.precision),
                "recall": _interval(score.recall),
                "f1": _interval(score.f1),
                "episodes": score.episodes,
            }
            for name, score in found.classes.items()
        },
        "confusion": {
            "rows": [str(label) for label in LABELS],
            "columns": [str(column) for column in FOUND],
            "counts": found.confusion,
        },
    }


def _interval(figure: Interval) -> dict[str, float]:
    return {name: round(value, DIGITS) for name, value in asdict(figure).items()}


def _f1_values(group: dict[str, Any]) -> dict[str, float]:
    return {name.value: group["classes"][name.value]["f1"]["value"] for name in CLASSES}


def _share(flags: Any) -> float | None:
    """Return the share of true ones, None of nothing."""
    values = list(flags)
    return round(sum(values) / len(values), DIGITS) if values else None


def _delays(given: Sequence[int | None]) -> dict[str, float | None]:
    delays = [delay for delay in given if delay is not None]
    if not delays:
        return {"p50": None, "p99": None}
    p50, p99 = np.percentile(delays, (50, 99))
    return {"p50": round(float(p50), 1), "p99": round(float(p99), 1)}


def _buckets(
    outcomes: Sequence[Outcome],
    limits: Sequence[tuple[int, int]],
    figure: Callable[[Outcome], float],
) -> list[dict[str, Any]]:
    rows = []
    for low, high in limits:
        inside = [outcome for outcome in outcomes if low <= figure(outcome) < high]
        rows.append(
            {
                "from": low,
                "to": high if high < limits[-1][1] else None,
                "episodes": len(inside),
                "right": _share(outcome.correct for outcome in inside),
                "recall": {
                    name.value: _share(o.correct for o in inside if o.label is name)
                    for name in CLASSES
                },
            }
        )
    return rows


def _by_actor(outcomes: Sequence[Outcome]) -> dict[str, dict[str, Any]]:
    actors: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        actors[outcome.actor].append(outcome)
    return {
        actor: {
            "group": own[0].group.value,
            "episodes": len(own),
            "right": _share(outcome.correct for outcome in own),
            "attributed": _share(o.attribution_is_right for o in own if o.is_scored),
            "read_as": _read_as(own),
        }
        for actor, own in actors.items()
    }


def _read_as(own: Sequence[Outcome]) -> dict[str, int]:
    wrong = Counter(str(o.found or "none") for o in own if not o.correct)
    return dict(wrong.most_common())


def _own_actors(result: Result) -> dict[str, dict[str, Any]]:
    actors: dict[str, list[bool]] = defaultdict(list)
    for own in result.own_actors:
        actors[own.actor].append((own.found or LABELS[-1]) is own.expected)
    return {
        actor: {"episodes": len(right), "right": _share(right)}
        for actor, right in sorted(actors.items())
    }

"""All figures of a hard evaluation, and whether they reach their goals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

from compose.evaluation.hard.conditions import FAULTS, SCALES, Condition
from compose.evaluation.hard.measure.classes import class_figures, macro_f1
from compose.evaluation.hard.measure.matching import Outcome
from compose.evaluation.hard.measure.probability import is_lure, probability_figures
from compose.evaluation.hard.runs import Results, Untouched
from compose.evaluation.hard.story import INNOCENT, Kind
from schemas.signals import Classification

HONEST: Final = (
    Classification.SWEEP_BUY,
    Classification.SWEEP_SELL,
    Classification.DEFENSIVE_BUY,
    Classification.DEFENSIVE_SELL,
)
SWEEPS: Final = HONEST[:2]
DIGITS: Final = 4


def clear(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return the stories of which a person could say what they are."""
    return [outcome for outcome in outcomes if not outcome.doubt]


def figures_of(results: Results) -> dict[str, Any]:
    """Return every figure as plain values."""
    sound = results.outcomes.get(Condition.SOUND, [])
    scored = clear(sound)
    innocent = [one for one in scored if one.kind in INNOCENT]
    campaigns = [one.alarms for one in scored if is_lure(one) and one.alarms and _many(one)]
    return {
        "stories": len(sound),
        "in_doubt": dict(Counter(one.doubt for one in sound if one.doubt).most_common()),
        **class_figures(scored),
        "kinds": {
            kind.value: _kind([one for one in sound if one.kind is kind])
            for kind in Kind
            if any(one.kind is kind for one in sound)
        },
        "innocent_accused": _share(innocent, lambda one: one.accused),
        "innocent_accused_at_any_time": _share(innocent, lambda one: one.was_accused),
        "alarms_per_campaign": round(sum(campaigns) / max(1, len(campaigns)), DIGITS),
        "quantity": quantity_figures(sound),
        "probability": probability_figures(sound),
        "tapes": {
            tape: {
                "macro_f1": round(macro_f1([o for o in scored if o.market == tape]), DIGITS),
                "probability": _without_table(
                    probability_figures([o for o in sound if o.market == tape])
                ),
            }
            for tape in sorted({one.market for one in sound})
        },
        "faults": {
            condition.value: _fault(results.outcomes[condition])
            for condition in FAULTS
            if condition in results.outcomes
        },
        "scales": {
            condition.value: _same(sound, results.outcomes[condition])
            for condition in SCALES
            if condition in results.outcomes
        },
        "untouched": [_untouched(one) for one in results.untouched],
        "not_placed": dict(sorted(results.not_placed.items())),
    }


def quantity_figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return how well the traded quantity is told, as a point and between bounds."""
    asked = [one for one in outcomes if one.true_fill is not None]
    traded = [one for one in asked if one.true_fill]
    return {
        "orders": len(asked),
        "with_trades": len(traded),
        "traded_within_1pct": _share(traded, lambda one: one.told_within(one.fill[0])),
        "traded_and_hidden_within_1pct": _share(traded, lambda one: one.told_within(one.fill[1])),
        "within_bounds": _share(asked, lambda one: one.within_bounds),
        "with_trades_within_bounds": _share(traded, lambda one: one.within_bounds),
    }


def wrong_stories(results: Results) -> list[dict[str, Any]]:
    """Return every story that was told wrongly on a sound feed, to be looked at one by one."""
    return [
        {
            "tape": one.market,
            "seed": one.seed,
            "kind": one.kind.value,
            "side": one.side.value,
            "price": one.price,
            "started_ms": one.started_ms,
            "lifetime_ms": one.lifetime_ms,
            "distance_bps": round(one.distance_bps, 2),
            "is": [name.value for name in one.accepted],
            "told": one.found.value if one.found else None,
            "why": one.told,
            "probability": round(one.probability, 3),
        }
        for one in clear(results.outcomes.get(Condition.SOUND, []))
        if not one.right
    ]


def _many(outcome: Outcome) -> bool:
    return outcome.kind in (Kind.REQUOTED, Kind.REQUOTED_FAST)


def _kind(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    scored = clear(outcomes)
    told = [one for one in scored if not one.right and one.found is not None]
    unknown = sum(one.found is Classification.UNKNOWN for one in told)
    return {
        "stories": len(outcomes),
        "scored": len(scored),
        "right": _share(scored, lambda one: one.right),
        "not_seen": sum(not one.right and one.found is None for one in scored),
        "unknown": unknown,
        "wrong": len(told) - unknown,
        "accused": sum(one.accused for one in scored),
        "read_as": dict(Counter(str(one.found) for one in told).most_common()),
    }


def _fault(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    scored = clear(outcomes)
    honest = [one for one in scored if one.accepted[0] in HONEST]
    sweeps = [one for one in scored if one.accepted[0] in SWEEPS]
    accused = [one for one in honest if one.accused]
    return {
        "stories": len(scored),
        "macro_f1": round(macro_f1(scored), DIGITS),
        "right": _share(scored, lambda one: one.right),
        "sweeps": len(sweeps),
        "sweeps_accused": sum(one.accused for one in sweeps),
        "sweeps_told_right": _share(sweeps, lambda one: one.right),
        "honest_accused": len(accused),
        "accused": [
            f"{one.kind.value}, {one.market} {one.seed}, {one.side.value} {one.price} at "
            f"{one.started_ms}: {one.found}, {one.told}"
            for one in accused
        ],
        "within_bounds": quantity_figures(outcomes)["within_bounds"],
    }


def _same(sound: Sequence[Outcome], scaled: Sequence[Outcome]) -> dict[str, Any]:
    runs = {(one.market, one.seed) for one in scaled}
    before = {_key(one): one.found for one in sound if (one.market, one.seed) in runs}
    same = sum(before.get(_key(one)) == one.found for one in scaled)
    return {"stories": len(scaled), "told_the_same": round(same / max(1, len(scaled)), DIGITS)}


def _key(one: Outcome) -> tuple[object, ...]:
    return one.market, one.seed, one.kind, one.side, one.price, one.started_ms


def _untouched(one: Untouched) -> dict[str, Any]:
    return {
        "tape": one.tape,
        "hours": round(one.hours, DIGITS),
        "walls_a_minute": round(one.walls / one.hours / 60, 2),
        "accusations": one.accused,
        "accusations_an_hour": round(one.accused / one.hours, 1),
    }


def _without_table(figures: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in figures.items() if name != "reliability"}


def _share(outcomes: Sequence[Outcome], holds: Callable[[Outcome], bool]) -> float | None:
    """Return the share of outcomes of which something holds; None of no outcome."""
    if not outcomes:
        return None
    return round(sum(bool(holds(one)) for one in outcomes) / len(outcomes), DIGITS)

"""Figures of the cross-market evaluation: F1 of each kind, and what was told of nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from compose.evaluation.cross.run import CrossResults, Judged, is_accusing
from schemas.signals import ACCUSING, CrossKind

KINDS: Final = tuple(CrossKind)
RESAMPLES: Final = 2_000
BOOTSTRAP_SEED: Final = 1


def cross_figures(results: CrossResults) -> dict[str, Any]:
    """Return macro F1 with a 95 % interval over the runs, the kinds, and what was told of nobody.

    A story inside a band is not scored; anything else that is told of a story, or of no story at
    all, counts as wrong. What is told of a story's order together with one of the real tape is
    counted by itself, and as wrong in the strict figure.
    """
    scored = [one for one in results.judged if not one.story.label.doubt]
    runs = sorted({(one.run, one.seed) for one in results.judged})
    counts = np.stack([_counts([o for o in scored if (o.run, o.seed) == run]) for run in runs])
    mixed = Counter(kind for one in scored for kind in one.mixed - one.found)
    strays = Counter(kind for _, kind in results.strays)
    extra = np.zeros_like(counts[0])
    for place, kind in enumerate(KINDS):
        extra[place, 1] = strays[kind]
    whole = counts.sum(axis=0) + extra
    random = np.random.default_rng(BOOTSTRAP_SEED)
    drawn = random.integers(0, len(runs), size=(RESAMPLES, len(runs)))
    strict = counts + np.stack(
        [_mixed([o for o in scored if (o.run, o.seed) == run]) for run in runs]
    )
    innocent = [one for one in scored if one.story.label.kind is None]
    return {
        "stories": len(results.judged),
        "scored": len(scored),
        "macro_f1": _macro(counts, extra, drawn),
        "strict_macro_f1": _macro(strict, extra, drawn),
        "with_real_orders": {kind.value: count for kind, count in sorted(mixed.items())},
        "kinds": {
            kind.value: {
                "f1": round(float(_f1(whole)[place]), 4),
                "right": int(whole[place, 0]),
                "wrong": int(whole[place, 1]),
                "missed": int(whole[place, 2]),
            }
            for place, kind in enumerate(KINDS)
        },
        "alerts": {
            "right": sum(one.story.label.kind in one.alerted for one in scored),
            "wrong": sum(bool(one.alerted - {one.story.label.kind}) for one in scored),
            "not_raised": sum(
                one.story.label.kind in ACCUSING and one.story.label.kind not in one.alerted
                for one in scored
            ),
        },
        "innocent": len(innocent),
        "innocent_accused": sum(is_accusing(one.found) for one in innocent),
        "strays": {kind.value: count for kind, count in sorted(strays.items())},
        "untouched": {
            run: {"hours": round(hours, 4), **dict(sorted(found.items()))}
            for run, (hours, found) in sorted(results.untouched.items())
        },
        "wrong": [_wrong(one) for one in scored if not _is_right(one)],
    }


def _counts(judged: Sequence[Judged]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return right, wrong and missed by kind."""
    counts = np.zeros((len(KINDS), 3))
    for one in judged:
        for place, kind in enumerate(KINDS):
            is_it, is_told = one.story.label.kind is kind, kind in one.found
            counts[place] += (is_it and is_told, is_told and not is_it, is_it and not is_told)
    return counts


def _mixed(judged: Sequence[Judged]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return what was told of a story's order and a real one, as wrong."""
    counts = np.zeros((len(KINDS), 3))
    for one in judged:
        for place, kind in enumerate(KINDS):
            counts[place, 1] += kind in one.mixed - one.found
    return counts


def _macro(
    counts: np.ndarray[tuple[int, int, int], np.dtype[np.float64]],
    extra: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    drawn: np.ndarray[tuple[int, int], np.dtype[np.int64]],
) -> dict[str, float]:
    """Return macro F1 with its interval; `counts` by run, `drawn`: runs of each resample."""
    resampled = [_f1(counts[row].sum(axis=0) + extra).mean() for row in drawn]
    low, high = np.percentile(resampled, (2.5, 97.5))
    value = _f1(counts.sum(axis=0) + extra).mean()
    return {
        "value": round(float(value), 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
    }


def _f1(
    counts: np.ndarray[tuple[int, int], np.dtype[np.float64]],
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    right, wrong, missed = counts[:, 0], counts[:, 1], counts[:, 2]
    both = 2 * right + wrong + missed
    return np.divide(2 * right, both, out=np.zeros(len(KINDS)), where=both > 0)


def _is_right(one: Judged) -> bool:
    kind = one.story.label.kind
    return one.found == (frozenset() if kind is None else frozenset({kind}))


def _wrong(one: Judged) -> dict[str, Any]:
    label = one.story.label.kind
    return {
        "run": one.run,
        "seed": one.seed,
        "actor": one.story.actor,
        "label": label.value if label is not None else None,
        "found": sorted(kind.value for kind in one.found),
        "orders": [
            f"{leg.market} {leg.episode.side.value} {leg.qty:.4g} at {leg.price:g}, "
            f"{leg.first_ms} to {leg.last_ms}"
            for leg in one.story.legs
        ],
    }

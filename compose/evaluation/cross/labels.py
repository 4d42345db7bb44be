"""What a person may call a cross-market episode: the limits of its definition, a band around each.

The limits are those of docs/cross.md; an episode inside a band is reported and not scored.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from schemas.signals import CrossKind

TOGETHER_MS: Final = (900, 1_150)
COPIED_MS: Final = (9_500, 10_600)
MOVED_MS: Final = (900, 1_150)
APART_BPS: Final = (4.0, 6.0)
SIZE: Final = (0.2, 0.3)
"""Difference of two sizes as a share of the first."""
LURE_LIFE_MS: Final = (11_000, 13_000)
TAKING_SHARE: Final = (0.7, 0.8)
TAKING_USUAL: Final = (4.5, 7.5)
TAKING_SIZE: Final = (0.15, 0.26)


class Label(NamedTuple):
    """What it is; None where there is nothing to be told."""

    kind: CrossKind | None
    doubt: str = ""


def opened_label(delay_ms: float, apart_bps: float, ratio: float, *, same_side: bool) -> Label:
    """Return what two orders are that stand at the same time, by their openings."""
    if not same_side or apart_bps >= APART_BPS[1]:
        return Label(None)
    doubt = "about the distance" if apart_bps > APART_BPS[0] else ""
    if delay_ms <= TOGETHER_MS[0]:
        return Label(CrossKind.WALL, doubt)
    if delay_ms >= COPIED_MS[1]:
        return Label(None)
    unlike = abs(ratio - 1)
    if delay_ms < TOGETHER_MS[1]:
        return Label(CrossKind.WALL, "about the time of a wall")
    if unlike >= SIZE[1]:
        return Label(None)
    if unlike > SIZE[0]:
        doubt = doubt or "about the size"
    if delay_ms > COPIED_MS[0]:
        doubt = doubt or "about the time of a copy"
    return Label(CrossKind.COPIED, doubt)


def moved_label(delay_ms: float, apart_bps: float, ratio: float) -> Label:
    """Return what a pull and an opening elsewhere are."""
    unlike = abs(ratio - 1)
    if delay_ms >= MOVED_MS[1] or apart_bps >= APART_BPS[1] or unlike >= SIZE[1]:
        return Label(None)
    doubts = [
        delay_ms > MOVED_MS[0] and "about the time of a move",
        apart_bps > APART_BPS[0] and "about the distance",
        unlike > SIZE[0] and "about the size",
    ]
    return Label(CrossKind.MOVED, next((doubt for doubt in doubts if doubt), ""))


def lure_label(life_ms: float, share: float, times_usual: float, of_lure: float) -> Label:
    """Return what a pulled order is, by the taker volume elsewhere around the pull."""
    bands = (
        (share, TAKING_SHARE, "about the share of takers"),
        (times_usual, TAKING_USUAL, "about the usual volume"),
        (of_lure, TAKING_SIZE, "about the size of the lure"),
    )
    if life_ms >= LURE_LIFE_MS[1] or any(value <= band[0] for value, band, _ in bands):
        return Label(None)
    doubt = "about the life of a lure" if life_ms > LURE_LIFE_MS[0] else ""
    for value, band, words in bands:
        if value < band[1]:
            doubt = doubt or words
    return Label(CrossKind.LURE_TAKING, doubt)

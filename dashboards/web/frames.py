"""Frames of views, made once for all who watch, and as often as the machine can afford."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

FORGET_S: Final = 10.0
"""A view that nobody asked for this long is forgotten."""
EARLY_S: Final = 0.5
"""Streams come at any moment of a second: so much earlier is not too early."""
BUDGET: Final = 0.25
"""Share of the time that queries of panels may take; where they would take more, all of them come
less often."""
LONGEST_S: Final = 5.0
"""No frame comes less often than this, whatever it costs."""


@dataclass(slots=True)
class Frame:
    """One view as text. Moments are those of the clock that `Frames` is given, s."""

    base_s: float
    """How often it is worth making, s."""
    is_costly: bool
    """Whether it counts towards the budget."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    text: str = ""
    made_s: float = 0.0
    asked_s: float = 0.0
    cost_s: float = 0.0
    """Time that it took the last time."""


def stretch(frames: Iterable[Frame]) -> float:
    """Return by how much the frames together must come less often to keep to the budget, >= 1."""
    share = sum(frame.cost_s / frame.base_s for frame in frames if frame.is_costly)
    return max(1.0, share / BUDGET)


class Frames:
    """The frames that are watched."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._frames: dict[str, Frame] = {}

    async def text(
        self, view: str, new: Callable[[], Frame], make: Callable[[], Awaitable[str]]
    ) -> str:
        """Return the view's text: what is known of it, or made anew where that is due."""
        now_s = self._clock()
        self._forget(now_s)
        frame = self._frames.get(view)
        if frame is None:
            frame = self._frames[view] = new()
        frame.asked_s = now_s
        async with frame.lock:
            began_s = self._clock()
            if not frame.text or began_s - frame.made_s >= self._interval_s(frame) - EARLY_S:
                frame.text = await make()
                frame.made_s = self._clock()
                frame.cost_s = frame.made_s - began_s
            return frame.text

    def _interval_s(self, frame: Frame) -> float:
        if not frame.is_costly:
            return frame.base_s
        return max(frame.base_s, min(LONGEST_S, frame.base_s * stretch(self._frames.values())))

    def _forget(self, now_s: float) -> None:
        for view, frame in list(self._frames.items()):
            if now_s - frame.asked_s > FORGET_S and not frame.lock.locked():
                del self._frames[view]

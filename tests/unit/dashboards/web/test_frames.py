"""Frames are shared, forgotten, and come less often where they cost too much."""

import asyncio

import pytest

from dashboards.web.frames import BUDGET, FORGET_S, LONGEST_S, Frame, Frames, stretch


class Clock:
    """A clock that goes on when told, and while a frame is made."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class Maker:
    """Counts what it makes; each takes `cost_s`."""

    def __init__(self, clock: Clock, cost_s: float = 0.0) -> None:
        self.clock, self.cost_s, self.made = clock, cost_s, 0

    async def __call__(self) -> str:
        self.clock.now_s += self.cost_s
        self.made += 1
        await asyncio.sleep(0)
        return str(self.made)


def panel(base_s: float = 1.0) -> Frame:
    return Frame(base_s, is_costly=True)


async def test_many_who_watch_are_one_query_an_interval() -> None:
    clock = Clock()
    frames, make = Frames(clock), Maker(clock)
    texts = await asyncio.gather(*(frames.text("a", panel, make) for _ in range(20)))
    assert set(texts) == {"1"}
    clock.now_s += 0.4
    assert await frames.text("a", panel, make) == "1"
    clock.now_s += 0.6
    assert await frames.text("a", panel, make) == "2"


async def test_a_view_that_nobody_asks_for_is_forgotten() -> None:
    clock = Clock()
    frames, make = Frames(clock), Maker(clock)
    await frames.text("slow", lambda: panel(base_s=1_000.0), make)
    clock.now_s += FORGET_S + 1
    await frames.text("other", panel, Maker(clock))
    assert await frames.text("slow", lambda: panel(base_s=1_000.0), make) == "2"


async def test_costly_panels_come_less_often_and_the_status_does_not() -> None:
    clock = Clock()
    frames = Frames(clock)
    costly, cheap = Maker(clock, cost_s=0.5), Maker(clock)
    for _ in range(100):
        await frames.text("panel", panel, costly)
        await frames.text("status", lambda: Frame(1.0, is_costly=False), cheap)
        clock.now_s += 1.0
    assert cheap.made >= 99
    # Half a second of work a frame within the budget: one frame in two seconds.
    assert costly.made <= 100 / (0.5 / BUDGET) + 20
    assert costly.made >= 100 / LONGEST_S


@pytest.mark.parametrize(("costs_s", "factor"), [([], 1), ([0.01], 1), ([BUDGET, BUDGET], 2)])
def test_the_stretch_keeps_the_budget(costs_s: list[float], factor: float) -> None:
    frames = []
    for cost_s in costs_s:
        frame = panel()
        frame.cost_s = cost_s
        frames.append(frame)
    free = Frame(1.0, is_costly=False)
    free.cost_s = 9.0
    assert stretch([*frames, free]) == factor

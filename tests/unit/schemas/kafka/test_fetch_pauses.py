"""A consumer pauses between small fetches, and never where it is behind."""

import asyncio
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.protocol.fetch import FetchRequest

from schemas.kafka.client_internals import FETCH_PAUSE_S, LARGE_ANSWER_BYTES, paced

FETCH = FetchRequest(100, 1, 1 << 20, 0, [])


class Broker:
    """Answers each fetch at once with so many bytes of one partition."""

    def __init__(self, answers: list[int]) -> None:
        self._answers = answers
        self.asked_s: list[float] = []

    async def answer(self, _node_id: int, request: Any) -> Any:
        if not isinstance(request, FetchRequest):
            return None
        self.asked_s.append(asyncio.get_running_loop().time())
        records = b"x" * self._answers.pop(0)
        return SimpleNamespace(topics=[("topic", [(0, 0, 7, 7, [], records)])])


async def pauses_s(answers: list[int], pause_s: float = FETCH_PAUSE_S) -> list[float]:
    """Return the times between the fetches that bring the answers, and one more."""
    broker = Broker([*answers, 0])
    send = paced(broker.answer, pause_s)
    for _ in range(len(answers) + 1):
        await send(1, FETCH)
    return [after - before for before, after in pairwise(broker.asked_s)]


@pytest.mark.parametrize("size", [0, 100, LARGE_ANSWER_BYTES - 1])
async def test_after_a_small_answer_the_next_fetch_waits(size: int) -> None:
    clock_step_s = 0.001
    assert min(await pauses_s([size] * 3)) >= FETCH_PAUSE_S - clock_step_s


async def test_a_reader_that_has_time_waits_as_long_as_it_says() -> None:
    pause_s, clock_step_s = 3 * FETCH_PAUSE_S, 0.001
    assert min(await pauses_s([100] * 3, pause_s)) >= pause_s - clock_step_s


async def test_after_a_large_answer_it_does_not() -> None:
    assert min(await pauses_s([LARGE_ANSWER_BYTES] * 20)) < FETCH_PAUSE_S / 2


async def test_other_requests_and_other_brokers_do_not_wait() -> None:
    broker = Broker([0] * 20)
    send = paced(broker.answer)
    for node_id in range(1, 12):
        await send(1, SimpleNamespace())
        await send(node_id, FETCH)
    assert min(after - before for before, after in pairwise(broker.asked_s)) < FETCH_PAUSE_S / 2

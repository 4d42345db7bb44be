"""One of several decides, the others are cancelled and awaited."""

import asyncio

import pytest

from compose.stack.concurrency import first_of


async def test_the_first_result_counts_and_the_others_have_ended() -> None:
    ended = []

    async def slow() -> str:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("slow")
        return "slow"

    async def quick() -> str:
        await asyncio.sleep(0)
        return "quick"

    assert await first_of(slow(), quick()) == "quick"
    assert ended == ["slow"]


async def test_the_first_failure_is_raised_as_it_is() -> None:
    async def fails() -> None:
        raise ValueError("first")

    with pytest.raises(ValueError, match="first"):
        await first_of(asyncio.Event().wait(), fails())


async def test_cancelling_cancels_all() -> None:
    started, ended = asyncio.Event(), asyncio.Event()

    async def waits() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    task = asyncio.ensure_future(first_of(waits(), waits()))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()

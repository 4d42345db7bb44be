"""Who sends the next REST request, how rarely polls go, and what survives a restart."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.rest_api.ban_file import FILE_NAME, BanFile
from ingest.rest_api.budget import WeightBudget
from ingest.rest_api.poll_pace import POLL_SHARE, stretch
from ingest.rest_api.queue import MAX_UNDERWAY, Priority, RestQueue


class Line:
    """Requests that note when they got their turn and keep it until told."""

    def __init__(self, budget: WeightBudget) -> None:
        self.queue = RestQueue(budget)
        self.order: list[str] = []
        self.done: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def ask(
        self,
        name: str,
        priority: Priority,
        rank: int = 0,
        weight: int = 1,
        *,
        failed_before: bool = False,
    ) -> None:
        self.done[name] = asyncio.Event()

        async def request() -> None:
            turn = self.queue.turn(weight, priority, rank, failed_before=failed_before)
            async with turn:
                self.order.append(name)
                await self.done[name].wait()

        self.tasks[name] = asyncio.create_task(request())
        await asyncio.sleep(0)

    async def finish(self, *names: str) -> None:
        for name in names:
            self.done[name].set()
            await self.tasks[name]
        await asyncio.sleep(0)


async def test_snapshots_go_before_polls_and_by_rank() -> None:
    line = Line(WeightBudget(100))
    await line.ask("a", Priority.POLL)
    await line.ask("b", Priority.POLL)
    await line.ask("poll", Priority.POLL)
    await line.ask("third", Priority.SNAPSHOT, 3)
    await line.ask("listing", Priority.LISTING)
    await line.ask("first", Priority.SNAPSHOT, 1)
    assert line.order == ["a", "b"]
    assert line.queue.waiting == 4
    await line.finish("a", "b", "first", "third", "listing", "poll")
    assert line.order[2:] == ["first", "third", "listing", "poll"]


async def test_what_failed_before_has_one_place_at_most() -> None:
    line = Line(WeightBudget(100))
    await line.ask("bad", Priority.SNAPSHOT, failed_before=True)
    await line.ask("worse", Priority.SNAPSHOT, failed_before=True)
    assert line.order == ["bad"]
    await line.ask("poll", Priority.POLL)
    assert line.order == ["bad", "poll"]
    await line.ask("listing", Priority.LISTING)
    await line.finish("poll")
    assert line.order == ["bad", "poll", "listing"]
    line.tasks["bad"].cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert line.order[3:] == ["worse"]
    await line.finish("listing", "worse")
    assert line.queue.waiting == 0


async def test_few_are_under_way_and_one_alone_after_a_refusal() -> None:
    budget = WeightBudget(100)
    line = Line(budget)
    for number in range(5):
        await line.ask(str(number), Priority.SNAPSHOT, number)
    assert len(line.order) == MAX_UNDERWAY
    budget.throttled(0.0, asyncio.get_running_loop().time())
    await line.finish("0")
    assert len(line.order) == MAX_UNDERWAY
    await line.finish("1")
    assert line.order == ["0", "1", "2"]
    budget.answered()
    await line.finish("2")
    assert line.order == ["0", "1", "2", "3", "4"]
    await line.finish("3", "4")


async def test_who_gives_up_leaves_the_line() -> None:
    line = Line(WeightBudget(100))
    for name in ("a", "b", "gone", "last"):
        await line.ask(name, Priority.SNAPSHOT)
    line.tasks["gone"].cancel()
    line.tasks["a"].cancel()
    await asyncio.wait((line.tasks["gone"], line.tasks["a"]))
    assert line.order == ["a", "b", "last"]
    await line.finish("b", "last")
    assert line.queue.waiting == 0


async def test_a_turn_comes_by_itself_when_the_pause_is_over() -> None:
    budget = WeightBudget(100)
    clock = asyncio.get_running_loop().time
    begun_s = clock()
    budget.throttled(0.1, begun_s)
    line = Line(budget)
    await line.ask("a", Priority.SNAPSHOT)
    assert line.order == []
    line.done["a"].set()
    await asyncio.wait_for(line.tasks["a"], 5.0)
    assert clock() - begun_s >= 0.1


@given(st.floats(0.01, 10_000.0), st.integers(1, 5_000), st.integers(0, 10_000))
def test_polls_never_take_more_than_their_share(needed: float, limit: int, used: int) -> None:
    factor = stretch(needed, limit, used)
    assert factor >= 1.0
    assert needed / factor <= POLL_SHARE * limit * (1 + 1e-9)
    assert stretch(needed, limit, used + 1) >= factor


def test_polls_go_at_their_own_pace_while_the_budget_is_hardly_used() -> None:
    assert stretch(8.0, 1_200, 8) == 1.0
    assert stretch(8.0, 1_200, 900) == pytest.approx(2.0)
    assert stretch(900.0, 1_200, 300) == pytest.approx(3.0)


def test_a_ban_is_remembered_for_its_address_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    bans = BanFile(folder, "https://a")
    assert bans.remaining_s() == 0.0
    bans.write(100.0)
    BanFile(folder, "https://c").write(50.0)
    assert 99.0 < BanFile(folder, "https://a").remaining_s() <= 100.0
    assert BanFile(folder, "https://b").remaining_s() == 0.0
    # The lock stays, as file locks do; no temporary file does.
    left = {path.name for path in folder.iterdir()}
    assert left - {Path(FILE_NAME).with_suffix(".lock").name} == {FILE_NAME}


def test_a_file_that_makes_no_sense_is_told_and_replaced(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE_NAME).write_text("{")
    bans = BanFile(tmp_path, "https://a")
    assert bans.remaining_s() == 0.0
    assert "cannot be read" in caplog.text
    bans.write(10.0)
    assert bans.remaining_s() > 9.0


def test_a_folder_that_cannot_be_written_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    BanFile(tmp_path / "file", "https://a").write(10.0)
    assert "set ingest.state_dir" in caplog.text

"""A name is for one worker: the second is told who has it, and who was killed has it no more."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import psutil
import pytest
from aiokafka import AIOKafkaConsumer

from processors.errors import WorkerError
from processors.faust_app.worker_name import Holder, refuse_taken_name
from schemas.kafka.admin import ensure_topics
from schemas.settings import Settings
from schemas.topics import DEPTH
from tests.integration.processors.worker_harness import running_broker, worker_settings

NAME = "one"
QUICK_S = 4.0
LEAVES_AFTER_S = 2.0


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Of a worker at a broker that has all topics."""
    folder = tmp_path_factory.mktemp("name")
    with running_broker("apache", folder) as broker:
        made = worker_settings(broker, folder, instance_id=NAME)
        asyncio.run(ensure_topics(made.kafka))
        yield made


@asynccontextmanager
async def member(settings: Settings, holder: Holder) -> AsyncIterator[AIOKafkaConsumer]:
    """Be in the group of the workers as that process."""
    consumer = AIOKafkaConsumer(
        DEPTH.name,
        bootstrap_servers=settings.kafka.brokers,
        group_id=settings.kafka.group,
        client_id=holder.client_id,
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def test_a_name_that_nobody_has_is_free(settings: Settings) -> None:
    other = Holder("elsewhere", 1, 1, "two")
    async with (
        member(settings, other),
        member(settings, Holder.own(NAME)),
        asyncio.timeout(QUICK_S),
    ):
        await refuse_taken_name(settings)


async def test_of_a_process_here_it_is_known_at_once_whether_it_lives(settings: Settings) -> None:
    words = (sys.executable, "-c", "input()")
    child = await asyncio.create_subprocess_exec(*words, stdin=asyncio.subprocess.PIPE)
    began_ms = int(psutil.Process(child.pid).create_time() * 1_000)
    holder = Holder.own(NAME)._replace(pid=child.pid, began_ms=began_ms)
    try:
        async with member(settings, holder), asyncio.timeout(QUICK_S):
            with pytest.raises(WorkerError, match=f"instance id one is taken .* {child.pid} on "):
                await refuse_taken_name(settings)
            child.kill()
            await child.wait()
            await refuse_taken_name(settings)
        async with member(settings, holder._replace(pid=1)), asyncio.timeout(QUICK_S):
            await refuse_taken_name(settings)
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()


async def test_one_on_another_machine_has_it_if_it_stays(settings: Settings) -> None:
    elsewhere = Holder("elsewhere", 7, 1, NAME)
    async with member(settings, elsewhere):
        with pytest.raises(WorkerError, match="process id 7 on elsewhere: give this one another"):
            await refuse_taken_name(settings)


async def test_one_on_another_machine_may_leave(settings: Settings) -> None:
    async with member(settings, Holder("elsewhere", 7, 1, NAME)) as consumer:
        waiting = asyncio.create_task(refuse_taken_name(settings))
        done, _ = await asyncio.wait({waiting}, timeout=LEAVES_AFTER_S)
        assert not done
        await consumer.stop()
        async with asyncio.timeout(QUICK_S):
            await waiting


@pytest.mark.parametrize(
    "text", ["", "faust-0.15", "wallwatch-worker|x", "wallwatch-worker|h|a|1|n"]
)
def test_other_clients_are_no_workers(text: str) -> None:
    assert Holder.of(text) is None


def test_a_client_id_says_who_it_is() -> None:
    holder = Holder.own("a|b name")
    assert Holder.of(holder.client_id) == holder

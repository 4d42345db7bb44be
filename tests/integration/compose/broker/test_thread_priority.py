"""The embedded broker saves with what others leave, and answers as soon as anybody."""

import os
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from compose.brokers.noida import SAVING_NICENESS, SAVING_THREAD, NoidaBroker
from compose.brokers.thread_priority import lower_thread_priority

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux has priorities of single threads"
)


async def test_the_embedded_broker_saves_at_a_lower_priority_than_it_answers(
    tmp_path: Path,
) -> None:
    broker = NoidaBroker(tmp_path / "data", tmp_path)
    await broker.start()
    try:
        assert broker.pid is not None
        found = _niceness(broker.pid)
    finally:
        await broker.stop()
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert found.pop(SAVING_THREAD) == {max(own, SAVING_NICENESS)}
    assert set.union(*found.values()) == {own}


def test_a_process_without_such_a_thread_is_left_as_it_is() -> None:
    before = _niceness(os.getpid())
    assert lower_thread_priority(os.getpid(), "no such thread", SAVING_NICENESS) == 0
    assert _niceness(os.getpid()) == before


def test_a_process_that_is_gone_has_no_threads() -> None:
    assert lower_thread_priority(2**22, SAVING_THREAD, SAVING_NICENESS) == 0


def _niceness(pid: int) -> dict[str, set[int]]:
    """Return the niceness of the threads of a process by their names."""
    found: dict[str, set[int]] = defaultdict(set)
    for thread in Path(f"/proc/{pid}/task").iterdir():
        name = (thread / "comm").read_text().strip()
        found[name].add(os.getpriority(os.PRIO_PROCESS, int(thread.name)))
    return found

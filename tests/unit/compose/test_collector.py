"""The collector is set for a stream of records, and as it was afterwards."""

from __future__ import annotations

import gc
import weakref

import pytest

from compose.collector import ALL_EVERY_S, GENERATIONS, OldApart, for_a_stream


def fail_midway() -> None:
    with for_a_stream():
        assert gc.get_threshold() == GENERATIONS
        raise RuntimeError


def test_it_is_set_for_a_stream_and_as_it_was_afterwards() -> None:
    before = gc.get_threshold()
    assert before != GENERATIONS
    with pytest.raises(RuntimeError):
        fail_midway()
    assert gc.get_threshold() == before


class Node:
    """What can point to itself."""

    def __init__(self) -> None:
        self.own = self


def test_what_outlived_a_full_run_is_looked_at_once_an_hour() -> None:
    now_s = 0.0
    apart = OldApart(lambda: now_s)
    gc.callbacks.append(apart)
    try:
        gc.collect(1)
        young = gc.get_freeze_count()
        node = Node()
        found = weakref.ref(node)
        gc.collect()
        assert gc.get_freeze_count() > young
        del node
        gc.collect()
        assert found() is not None
        now_s = ALL_EVERY_S
        gc.collect()
        assert found() is None
    finally:
        gc.callbacks.remove(apart)
        gc.unfreeze()

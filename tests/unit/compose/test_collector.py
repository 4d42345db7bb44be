"""The collector is set for a stream of records, and as it was afterwards."""

from __future__ import annotations

import gc

import pytest

from compose.collector import GENERATIONS, for_a_stream


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

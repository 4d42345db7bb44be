"""When a batch is due and what it holds."""

import pytest

from processors.sink import batch
from processors.sink.batch import Batcher, Pending


def pending(offset: int, topic: str = "t", payload: bytes = b"{}") -> Pending:
    return Pending((offset,), topic, 0, offset, payload, 0)


def test_an_empty_batch_is_never_due() -> None:
    batcher = Batcher(max_rows=1, max_age_s=0.0)
    assert batcher.is_empty
    assert not batcher.is_due(1e12)


def test_due_by_count_whatever_the_age() -> None:
    batcher = Batcher(max_rows=2, max_age_s=60)
    batcher.add("a", pending(1), 100.0)
    assert not batcher.is_due(100.0)
    batcher.add("b", pending(2), 100.0)
    assert batcher.is_full
    assert batcher.is_due(100.0)


def test_due_by_the_age_of_the_oldest_row() -> None:
    batcher = Batcher(max_rows=10, max_age_s=0.5)
    batcher.add("a", pending(1), 100.0)
    batcher.add("a", pending(2), 100.4)
    assert not batcher.is_due(100.49)
    assert batcher.is_due(100.5)


def test_a_batch_that_grew_while_another_was_written_waits_from_the_end_of_that() -> None:
    batcher = Batcher(max_rows=3, max_age_s=1)
    batcher.add("a", pending(1), 100.0)
    batcher.take()
    batcher.note_written(100.2)
    assert not batcher.is_due(1e12), "then a batch without rows is due"
    batcher.add("a", pending(2), 100.3)
    batcher.note_written(105.0)
    assert not batcher.is_due(105.9)
    assert batcher.is_due(106.0)
    batcher.add("a", pending(3), 105.1)
    batcher.add("a", pending(4), 105.1)
    assert batcher.is_due(105.1), "a full one does not wait"


def test_due_by_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "MAX_BYTES", 10)
    batcher = Batcher(max_rows=10, max_age_s=60)
    batcher.add("a", pending(1, payload=b"123456789"), 100.0)
    assert not batcher.is_full
    batcher.add("a", pending(2, payload=b"1"), 100.0)
    assert batcher.is_full


def test_due_when_the_clock_was_set_back() -> None:
    batcher = Batcher(max_rows=10, max_age_s=60)
    batcher.add("a", pending(1), 5_000.0)
    assert batcher.is_due(1_000.0)


def test_take_returns_rows_and_positions_and_begins_anew() -> None:
    batcher = Batcher(max_rows=2, max_age_s=1)
    batcher.add("a", pending(4, "t"), 1.0)
    batcher.add("b", pending(7, "u"), 1.0)
    batcher.advance("u", 0, 8, 1.0)
    taken = batcher.take()
    assert {view: [p.offset for p in rows] for view, rows in taken.rows.items()} == {
        "a": [4],
        "b": [7],
    }
    assert taken.next_offsets == {("t", 0): 5, ("u", 0): 9}
    assert taken.row_count == 2
    assert batcher.is_empty
    assert batcher.rows == 0
    assert not batcher.is_due(1e12)


def test_a_position_without_a_row_is_written_too() -> None:
    batcher = Batcher(max_rows=2, max_age_s=1)
    batcher.advance("t", 3, 41, 1.0)
    assert not batcher.is_empty
    assert batcher.is_due(2.0)
    assert batcher.take().next_offsets == {("t", 3): 42}

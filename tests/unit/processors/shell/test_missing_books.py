"""When a missing book is told, again and no more."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from processors.shell.missing_books import (
    FIRST_PAUSE_S,
    LONGEST_PAUSE_S,
    PATIENCE_S,
    MissingBooks,
    Told,
)

KNOWN = ("v:A", "v:B")


def test_a_book_that_comes_within_the_patience_is_never_mentioned() -> None:
    books = MissingBooks()
    assert books.look({"v:A": 1}, KNOWN, 10.0) == Told()
    assert books.look({}, KNOWN, 10.0 + PATIENCE_S) == Told()
    assert books.look({"v:A": 2}, KNOWN, 11.0 + PATIENCE_S) == Told()


def test_a_missing_book_is_told_again_after_growing_pauses_and_once_when_it_is_back() -> None:
    books = MissingBooks()
    told_s = [
        second
        for second in range(4_000)
        if books.look({"v:A": second}, KNOWN, float(second)).missing
    ]
    pauses = [after - before for before, after in pairwise(told_s)]
    assert told_s[0] == PATIENCE_S
    assert pauses[:3] == [FIRST_PAUSE_S, 2 * FIRST_PAUSE_S, 4 * FIRST_PAUSE_S]
    assert set(pauses[5:]) == {LONGEST_PAUSE_S}
    assert books.look({}, KNOWN, 4_001.0) == Told(back=["v:A"])
    assert books.look({}, KNOWN, 4_002.0) == Told()


def test_a_symbol_that_is_not_read_any_further_is_told_once() -> None:
    books = MissingBooks()
    told = [books.look({"v:A": 7}, KNOWN, float(second)).missing for second in range(2_000)]
    assert [one for one in told if one] == [{"v:A": 7}]


def test_what_moved_to_another_worker_is_not_said_to_be_back() -> None:
    books = MissingBooks()
    for second in (0.0, PATIENCE_S):
        books.look({"v:A": 7}, KNOWN, second)
    assert books.look({}, ["v:B"], PATIENCE_S + 1) == Told()


@given(st.lists(st.sets(st.sampled_from(KNOWN)), max_size=120))
def test_each_book_that_is_said_to_be_back_was_told_missing_before(looks: list[set[str]]) -> None:
    books, missing = MissingBooks(), set[str]()
    for second, without in enumerate(looks):
        told = books.look(dict.fromkeys(sorted(without), second), KNOWN, float(second))
        assert set(told.back) == {key for key in missing if key not in without}
        assert not set(told.missing) & set(told.back)
        missing = (missing - set(told.back)) | set(told.missing)

"""Text that a spreadsheet would run as a formula."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from dashboards.spreadsheet import FORMULA_STARTS, harmless, harmless_csv

CELLS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.sampled_from(FORMULA_STARTS + "\",'a\n1"), max_size=8),
)


def written(rows: list[list[float | str]]) -> bytes:
    """Return CSV as ClickHouse writes it: every text is quoted, no number is."""
    cells = [
        [repr(cell) if isinstance(cell, float) else f'"{cell.replace(chr(34), chr(34) * 2)}"'
         for cell in row]
        for row in rows
    ]  # fmt: skip
    return "".join(",".join(row) + "\n" for row in cells).encode()


@given(st.lists(st.lists(CELLS, min_size=2, max_size=4), max_size=4))
def test_only_text_that_would_be_a_formula_is_changed(rows: list[list[float | str]]) -> None:
    document = harmless_csv(written(rows)).decode()
    found = list(csv.reader(io.StringIO(document, newline="")))
    assert found == [
        [repr(cell) if isinstance(cell, float) else harmless(cell) for cell in row] for row in rows
    ]


@given(st.text())
def test_what_is_harmless_begins_with_no_such_character(text: str) -> None:
    made = harmless(text)
    assert not made.startswith(tuple(FORMULA_STARTS))
    assert made.removeprefix("'") == text.removeprefix("'")

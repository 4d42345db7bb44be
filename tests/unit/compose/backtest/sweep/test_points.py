"""Grids, ranges and what is drawn from them; every mistake names its field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compose.backtest.sweep.points import Axis, Range, grid, parse_axis, parse_range, search
from compose.errors import UsageError
from schemas.settings import Settings

SETTINGS = Settings()


@pytest.mark.parametrize(
    ("text", "axis"),
    [
        ("threshold.multiple=3,4.5", Axis("threshold.multiple", (3, 4.5))),
        ("threshold.mode=absolute,adaptive", Axis("threshold.mode", ("absolute", "adaptive"))),
        ("ledger.horizons_ms=[1,2],[3]", Axis("ledger.horizons_ms", ([1, 2], [3]))),
    ],
)
def test_an_axis_is_read(text: str, axis: Axis) -> None:
    assert parse_axis(text) == axis


def test_a_grid_is_every_combination_after_what_is_configured() -> None:
    axes = [Axis("threshold.multiple", (3, 6)), Axis("book.obi_levels", (10, 30))]
    points = grid(axes, SETTINGS)
    assert [point.name for point in points] == [
        "as configured",
        "threshold.multiple=3 book.obi_levels=10",
        "threshold.multiple=3 book.obi_levels=30",
        "threshold.multiple=6 book.obi_levels=10",
        "threshold.multiple=6 book.obi_levels=30",
    ]
    assert points[0].settings == SETTINGS
    assert points[4].settings.engine.threshold.multiple == 6
    assert points[4].settings.engine.book.obi_levels == 30


def test_equal_settings_are_run_once() -> None:
    default = SETTINGS.engine.threshold.multiple
    points = grid([Axis("threshold.multiple", (default, 6, 6.0))], SETTINGS)
    assert [point.values for point in points] == [{}, {"threshold.multiple": 6}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("threshold.multiple", "write NAME=V1,V2"),
        ("threshold.multiple=", "write NAME=V1,V2"),
        ("multiple=3", "'multiple' names no setting"),
        ("threshold.multipel=3", "setting threshold.multipel: unknown name"),
        ("threshold.multiple=3,-1", r"setting threshold\.multiple: .*greater than 0.*-1"),
        ("threshold.multiple=3,x", r"setting threshold\.multiple: .*valid number.*x"),
    ],
)
def test_a_wrong_axis_names_its_field_in_one_line(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as raised:
        grid([parse_axis(text)], SETTINGS)
    assert "\n" not in str(raised.value)


def test_a_grid_that_is_too_large_says_what_to_do() -> None:
    axes = [Axis(f"a.b{number}", tuple(range(100))) for number in range(3)]
    with pytest.raises(UsageError, match=r"1000000 combinations.*--search"):
        grid(axes, SETTINGS)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("threshold.multiple=2:8", Range("threshold.multiple", 2, 8, False, False)),
        ("threshold.multiple=0.5:8:log", Range("threshold.multiple", 0.5, 8, False, True)),
        ("book.obi_levels=5:50", Range("book.obi_levels", 5, 50, True, False)),
    ],
)
def test_a_range_is_read(text: str, found: Range) -> None:
    assert parse_range(text, SETTINGS) == found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("threshold.multiple=2", "write NAME=LOW:HIGH"),
        ("threshold.multiple=2:8:lin", "write NAME=LOW:HIGH"),
        ("threshold.multiple=a:8", "write NAME=LOW:HIGH"),
        ("threshold.multiple=8:2", "LOW must be below HIGH"),
        ("threshold.multiple=2:inf", "LOW must be below HIGH, and both finite"),
        ("threshold.multiple=0:8:log", "LOW must be above 0"),
        ("threshold.multiple=-1:8", r"setting threshold\.multiple: .*greater than 0"),
        ("threshold.multipel=1:8", r"setting threshold\.multipel: unknown name"),
        ("book.obi_levels=5.2:5.8", "no whole number"),
    ],
)
def test_a_wrong_range_names_its_field_in_one_line(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as raised:
        parse_range(text, SETTINGS)
    assert "\n" not in str(raised.value)


@given(seed=st.integers(0, 2**32), is_log=st.booleans())
def test_what_is_drawn_lies_in_its_range_and_follows_the_seed(seed: int, is_log: bool) -> None:
    axes: list[Axis | Range] = [
        Range("threshold.multiple", 2.0, 8.0, False, is_log),
        Range("book.obi_levels", 5, 9, True, is_log),
        Axis("threshold.mode", ("absolute", "adaptive")),
    ]
    points = search(axes, 5, seed, SETTINGS)
    assert points == search(axes, 5, seed, SETTINGS)
    assert 1 < len(points) <= 6
    for point in points[1:]:
        assert 2.0 <= point.values["threshold.multiple"] <= 8.0
        assert point.values["book.obi_levels"] in range(5, 10)
        assert point.values["threshold.mode"] in ("absolute", "adaptive")

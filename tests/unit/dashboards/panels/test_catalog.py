"""The panels are complete, consistent and coloured as agreed."""

import re

import pytest

from dashboards.panels.annotations import ANNOTATIONS
from dashboards.panels.boards import large_orders
from dashboards.panels.catalog import BOARDS, PANEL_OF
from dashboards.panels.colours import ACTION_COLOURS, CLASS_COLOURS, LEVEL_COLOURS
from dashboards.panels.macros import variables_of
from dashboards.panels.model import Board, Kind, Panel
from schemas.signals import AlertLevel, Classification, FinalAction

PANELS = list(PANEL_OF.values())
by_key = pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.key)
by_uid = pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)


def test_keys_and_uids_are_unique() -> None:
    keys = [shown.key for b in BOARDS for p in b.panels for shown in (p, *p.parts)]
    assert len(set(keys)) == len(keys) == len(PANELS)
    assert len({board.uid for board in BOARDS}) == len(BOARDS)


def test_actions_have_the_agreed_colours() -> None:
    assert ACTION_COLOURS == {
        "ACCUMULATE": "#16a34a",
        "MARKUP": "#16a34a",
        "DISTRIBUTION": "#ef4444",
        "MARKDOWN": "#ef4444",
        "MANIPULATION": "#f59e0b",
        "UNKNOWN": "#9ca3af",
    }


def test_every_value_of_an_enumeration_has_a_colour() -> None:
    assert set(ACTION_COLOURS) == set(FinalAction)
    assert set(CLASS_COLOURS) == set(Classification)
    assert set(LEVEL_COLOURS) == set(AlertLevel)


def test_eight_figures_and_nine_columns() -> None:
    assert len(large_orders.SUMMARY.query.columns) == 8
    visible = [column for column in large_orders.TABLE.query.columns if not column.hidden]
    assert len(visible) == 9
    assert large_orders.TABLE.marks["impact"][1].value == 0.25


@by_key
def test_a_panel_asks_a_question(panel: Panel) -> None:
    assert panel.question.endswith("?")
    assert panel.title
    assert 1 <= panel.width <= 24
    assert panel.height >= 3


@by_key
def test_a_panel_names_columns_that_it_has(panel: Panel) -> None:
    names = set(panel.query.names)
    assert len(names) == len(panel.query.columns)
    assert set(panel.marks) <= names
    if panel.coloured:
        assert panel.coloured in names
        assert panel.colours
    if panel.link is not None:
        assert {"link_from", "link_to", *panel.link.columns} <= names
        assert panel.link.board in {board.uid for board in BOARDS}


@by_key
def test_a_series_begins_with_time(panel: Panel) -> None:
    in_time = panel.kind in {Kind.LINES, Kind.BARS, Kind.HEATMAP, Kind.STATES}
    assert panel.query.is_series == in_time


@by_uid
def test_a_board_offers_the_variables_of_its_panels(board: Board) -> None:
    offered = {variable.name for variable in board.variables}
    used = set()
    for panel in board.panels:
        used |= variables_of(panel.query.sql)
    assert used <= offered
    assert {name for a in ANNOTATIONS for name in variables_of(a.query.sql)} <= offered


@by_uid
def test_a_link_fills_variables_of_its_board(board: Board) -> None:
    boards = {other.uid: other for other in BOARDS}
    for panel in board.panels:
        if panel.link is not None:
            offered = {variable.name for variable in boards[panel.link.board].variables}
            assert set(panel.link.columns) <= offered


@by_key
def test_no_panel_reads_rows_that_may_be_doubled(panel: Panel) -> None:
    # The newest time is the same however often its row is there, and known without reading any.
    sql = re.sub(r"\(SELECT max\(event_time\) FROM \w+_rows\)", "", panel.query.sql)
    assert not re.search(r"\b\w+_rows\b(?!\s+FINAL)", sql)

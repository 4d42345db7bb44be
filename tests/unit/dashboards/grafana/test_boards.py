"""The generated dashboards are sound, and the committed files are what is generated."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.dashboard import Dashboard

from compose.commands.dashboards import command
from compose.errors import UserError
from dashboards.grafana import generate
from dashboards.grafana.datasource import register
from dashboards.grafana.fields import series_pattern
from dashboards.grafana.names import DATASOURCE_TYPE, DATASOURCE_UID
from dashboards.grafana.sql import grafana_sql
from dashboards.panels.catalog import BOARDS
from dashboards.panels.colours import ACTION_BACKGROUNDS
from dashboards.panels.model import Board, Kind, Panel, Type, Unit

FILES = {
    name: json.loads(text) for name, text in generate.generated().items() if name.endswith(".json")
}
KNOWN_UNITS = {value for value in vars(units).values() if isinstance(value, str)}
boards = pytest.mark.parametrize("name", FILES)


def test_the_committed_files_are_current() -> None:
    assert generate.differing(generate.FOLDER) == []


def test_check_fails_on_a_difference_and_build_repairs_it(tmp_path: Path) -> None:
    build = ["build", "--folder", str(tmp_path)]
    with pytest.raises(UserError, match=f"below {tmp_path} differ from the panels"):
        CliRunner().invoke(command, [*build, "--check"], catch_exceptions=False)
    CliRunner().invoke(command, build, catch_exceptions=False)
    (tmp_path / "dashboards" / "left-over.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UserError, match=r"left-over\.json"):
        CliRunner().invoke(command, [*build, "--check"], catch_exceptions=False)
    CliRunner().invoke(command, build, catch_exceptions=False)
    result = CliRunner().invoke(command, [*build, "--check"], catch_exceptions=False)
    assert result.output == "all boards are up to date\n"


@boards
def test_a_round_trip_through_the_sdk_loses_nothing(name: str) -> None:
    register()
    document = FILES[name]
    again = json.loads(json.dumps(Dashboard.from_json(document), cls=JSONEncoder))
    assert again == document


@boards
def test_ids_are_unique_and_uid_is_the_file_name(name: str) -> None:
    document = FILES[name]
    ids = [panel["id"] for panel in document["panels"]]
    assert len(set(ids)) == len(ids)
    assert name == f"dashboards/{document['uid']}.json"
    assert document.get("id") is None
    assert document["refresh"] == "5s"


@boards
def test_panels_lie_on_the_grid_and_do_not_overlap(name: str) -> None:
    places = [panel["gridPos"] for panel in FILES[name]["panels"]]
    for place in places:
        assert place["x"] >= 0
        assert place["x"] + place["w"] <= 24
    for a, b in combinations(places, 2):
        apart = (
            a["x"] + a["w"] <= b["x"]
            or b["x"] + b["w"] <= a["x"]
            or a["y"] + a["h"] <= b["y"]
            or b["y"] + b["h"] <= a["y"]
        )
        assert apart, (a, b)


@boards
def test_units_are_known(name: str) -> None:
    for unit in _values(FILES[name]["panels"], "unit"):
        assert unit in KNOWN_UNITS or unit.startswith(("suffix:", "time:")), unit


@boards
def test_every_query_names_the_datasource(name: str) -> None:
    document = FILES[name]
    found = list(_values(document, "datasource"))
    assert len(found) > len(document["panels"])
    assert all(
        datasource == {"type": DATASOURCE_TYPE, "uid": DATASOURCE_UID} for datasource in found
    )


@boards
def test_queries_are_those_of_the_panels(name: str) -> None:
    document = FILES[name]
    [board] = [board for board in BOARDS if board.uid == document["uid"]]
    for panel, drawn in zip(board.panels, document["panels"], strict=True):
        assert drawn["title"] == panel.title
        assert drawn["description"] == panel.question
        own = drawn["targets"][1 if panel.behind else 0]["rawSql"]
        assert own == grafana_sql(panel)
        assert panel.query.sql.strip() in own
        if panel.behind is not None:
            assert drawn["targets"][0]["rawSql"] == panel.behind.sql.strip()
    assert [v["name"] for v in document["templating"]["list"]] == [
        variable.name for variable in board.variables
    ]


def test_spoofs_and_alerts_can_be_marked_where_there_is_room() -> None:
    for document in FILES.values():
        marks = document["annotations"]["list"]
        assert [mark["name"] for mark in marks] == ["SPOOF", "Alerts"]
        places = {panel["id"]: panel["gridPos"]["w"] for panel in document["panels"]}
        kinds = {panel["id"]: panel["type"] for panel in document["panels"]}
        for mark in marks:
            assert mark["enable"] is False, "they hide the data of a busy market"
            assert mark["filter"].get("exclude", False) is False
            for panel_id in mark["filter"]["ids"]:
                assert (places[panel_id], kinds[panel_id]) == (24, "timeseries")


@boards
def test_series_and_rows_are_called_by_their_label(name: str) -> None:
    """A title of the figure's column would win over the label: "State" eleven times."""
    document = FILES[name]
    for panel, drawn in zip(board_of(document).panels, document["panels"], strict=True):
        labels = [c for c in panel.query.columns if c.type is Type.TEXT]
        if not labels or drawn["type"] not in ("timeseries", "state-timeline", "heatmap"):
            continue
        assert overrides(drawn, "displayName") == {}
        if drawn["type"] != "heatmap":
            expected = f"${{__field.labels.{labels[0].name}}}"
            assert drawn["fieldConfig"]["defaults"]["displayName"] == expected


def test_rows_of_the_heatmap_are_numbers_that_the_axis_can_order() -> None:
    panel = panel_of("wallwatch-large-orders", "Order book")
    [rename] = [one for one in panel["transformations"] if one["id"] == "renameByRegex"]
    pattern = re.compile(rename["options"]["regex"].strip("/"))
    for shown in ("usd 62420", "62420", 'usd {bucket="62420"}'):
        assert pattern.sub(r"\1", shown) == "62420"
    assert panel["options"]["yAxis"]["unit"] == "locale"


PAID = [(board, panel) for board in BOARDS for panel in board.panels if panel.has_amounts]


@pytest.mark.parametrize(("board", "panel"), PAID, ids=[panel.key for _, panel in PAID])
def test_the_currency_of_an_amount_comes_with_the_answer(board: Board, panel: Panel) -> None:
    drawn = panel_of(board.uid, panel.title)
    [told] = [target for target in drawn["targets"] if target["refId"] == "U"]
    assert "quote_usd" in told["rawSql"]
    [given] = [
        one["options"]
        for one in drawn["transformations"]
        if one["options"].get("configRefId") == "U"
    ]
    assert given["mappings"] == [{"fieldName": "unit", "handlerKey": "unit"}]
    # An override would hide what the answer says.
    assert "currencyUSD" not in list(_values(drawn["fieldConfig"]["overrides"], "value"))
    if given["applyTo"]["id"] == "byRegexp":
        named = re.compile(given["applyTo"]["options"].strip("/"))
        for column in panel.query.columns:
            is_paid = column.unit is Unit.USD
            assert (
                bool(named.search(column.name)) is bool(named.search(f"A {column.name}")) is is_paid
            )
    else:
        assert drawn["fieldConfig"]["defaults"]["unit"] == "currencyUSD"


def test_the_first_picture_tells_the_story() -> None:
    """Book behind, walls and price before it."""
    panel = FILES["dashboards/wallwatch-large-orders.json"]["panels"][0]
    assert panel["title"] == "Price and walls"
    assert panel["gridPos"] == {"x": 0, "y": 0, "w": 24, "h": panel["gridPos"]["h"]}
    assert [target["refId"] for target in panel["targets"]] == ["A", "B"], "drawn in this order"
    assert "ARRAY JOIN heat_prices" in panel["targets"][0]["rawSql"]
    styles = overrides(panel, "custom.drawStyle")
    assert styles == {series_pattern(f"heat{step}"): "points" for step in (1, 2, 3)}


@boards
def test_an_outage_is_a_gap(name: str) -> None:
    document = FILES[name]
    for panel, drawn in zip(board_of(document).panels, document["panels"], strict=True):
        if drawn["type"] != "timeseries" or panel.kind is not Kind.LINES:
            continue
        nulls = drawn["fieldConfig"]["defaults"]["custom"]["spanNulls"]
        if panel.title == "Price and walls":
            assert nulls is True, "a wall is a line of two points"
            assert overrides(drawn, "custom.spanNulls") == {series_pattern("mid"): 60_000}
        else:
            assert nulls == (panel.gap_s * 1_000 or True)
        own = drawn["targets"][1 if panel.behind else 0]["rawSql"]
        assert ("next_time" in own) == bool(panel.gap_s)


def test_only_the_life_of_an_order_has_no_gaps() -> None:
    lines = [panel for board in BOARDS for panel in board.panels if panel.kind is Kind.LINES]
    assert [panel.title for panel in lines if not panel.gap_s] == ["Quantity"]


@boards
def test_a_table_has_room_for_its_texts_and_colours_only_what_has_a_meaning(name: str) -> None:
    document = FILES[name]
    for panel, drawn in zip(board_of(document).panels, document["panels"], strict=True):
        if drawn["type"] != "table":
            continue
        widths = overrides(drawn, "custom.width")
        shown = [column.name for column in panel.query.columns if not column.hidden]
        assert set(shown) - set(widths), "one column takes what is left"
        assert all(width >= 8 * len(panel_title(panel, c)) for c, width in widths.items())
        cells = overrides(drawn, "custom.cellOptions")
        assert set(cells) == {name for name in (panel.coloured, *panel.marks) if name}
        assert all("applyToRow" not in cell for cell in cells.values())
        assert "color-text" not in str(drawn), "text without a mapping would be green"


def test_the_text_of_an_alert_is_not_cut() -> None:
    """Columns without a width share what is left, so nothing short may be among them."""
    panel = panel_of("wallwatch-alerts", "Latest alerts")
    widths = overrides(panel, "custom.width")
    assert "message" not in widths
    assert {"symbol", "venue", "level", "rule", "time"} == set(widths)
    longest = "bear trap: ask of 13,623,192 USD at 61801.4 was pulled after 1103 ms"
    # A whole board beside the menu on a screen of 1600 px.
    assert 1_200 - sum(widths.values()) >= 7 * len(longest) + 24


def test_sentences_have_room_however_many_columns_there_are() -> None:
    for uid, title, column in (
        ("wallwatch-alerts", "Latest alerts", "message"),
        ("wallwatch-smart-money", "Quadrants now", "reasons"),
        ("wallwatch-large-orders", "Beside the walls that stand", "words"),
    ):
        assert overrides(panel_of(uid, title), "custom.minWidth")[column] >= 45 * 8


def test_prices_have_the_decimals_of_their_tick() -> None:
    for uid, title in (
        ("wallwatch-large-orders", "Large orders"),
        ("wallwatch-alerts", "Pulled walls"),
        ("wallwatch-order", "The order"),
    ):
        panel = panel_of(uid, title)
        assert "ticks[rows.symbol]" in panel["targets"][0]["rawSql"]
        assert overrides(panel, "custom.align")["price"] == "right"


def test_tiny_prices_are_not_zero_on_axes_and_hovers() -> None:
    for uid, title in (
        ("wallwatch-flow", "Price"),
        ("wallwatch-large-orders", "Price and walls"),
        ("wallwatch-markets", "Walls of all markets"),
    ):
        cut = overrides(panel_of(uid, title), "decimals")
        assert [cut[name] for name in ("close", "price", "common_price") if name in cut] == [10]
    heat = panel_of("wallwatch-large-orders", "Order book")
    assert heat["options"]["yAxis"]["decimals"] == 10


def test_open_interest_is_written_out_on_its_axis() -> None:
    for uid in ("wallwatch-flow", "wallwatch-order"):
        panel = panel_of(uid, "Open interest")
        assert panel["fieldConfig"]["defaults"]["unit"] == "locale", "81 K, 81.0 K, 80.9 K repeat"


@pytest.mark.parametrize("colour", sorted(set(ACTION_BACKGROUNDS.values())))
def test_white_figures_are_legible_on_the_stat_row(colour: str) -> None:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    assert 1.05 / (luminance + 0.05) >= 4.5, "WCAG 2.1, 1.4.3"
    stat = panel_of("wallwatch-large-orders", "What the large money is doing")
    assert stat["options"]["text"] == {"titleSize": 14, "valueSize": 18}


def test_the_summary_takes_its_colour_from_the_action() -> None:
    panel = panel_of("wallwatch-large-orders", "What the large money is doing")
    assert panel["options"]["colorMode"] == "background_solid"
    [transformation, _] = panel["transformations"]
    assert transformation["id"] == "configFromData"
    assert transformation["options"]["configRefId"] == panel["targets"][1]["refId"]
    assert "AS colour" in panel["targets"][1]["rawSql"]
    assert "color" not in panel["fieldConfig"]["defaults"], "it would win over the action's"


def test_a_class_is_a_coloured_cell_that_leads_to_the_order() -> None:
    panel = panel_of("wallwatch-large-orders", "Large orders")
    assert overrides(panel, "custom.cellOptions")["classification"]["type"] == "color-background"
    colours = overrides(panel, "mappings")["classification"][0]["options"]
    assert colours["SPOOF"]["color"] == "#f59e0b"
    steps = overrides(panel, "thresholds")["impact"]["steps"]
    assert [step["value"] for step in steps] == [None, 0.25, 1, 5]
    assert "links" not in panel["fieldConfig"]["defaults"], "every cell would be underlined"
    [link] = overrides(panel, "links")["classification"]
    assert link["url"].startswith("/d/wallwatch-order?var-venue=${__data.fields.venue}&")
    assert "var-order_id=${__data.fields.order_id}" in link["url"]


@pytest.mark.parametrize(
    "shown", ["SPOOF bid 61000", "price SPOOF bid", 'price {line="SPOOF bid"}']
)
def test_a_line_is_found_however_grafana_names_it(shown: str) -> None:
    assert re.search(series_pattern("SPOOF").strip("/"), shown)
    assert not re.search(series_pattern("SPOO").strip("/"), shown)


def board_of(document: dict[str, Any]) -> Board:
    """Return the board that a document was made from."""
    [board] = [board for board in BOARDS if board.uid == document["uid"]]
    return board


def panel_of(uid: str, title: str) -> dict[str, Any]:
    """Return a generated panel."""
    panels = FILES[f"dashboards/{uid}.json"]["panels"]
    found: dict[str, Any] = next(panel for panel in panels if panel["title"] == title)
    return found


def panel_title(panel: Panel, column: str) -> str:
    """Return a column's title."""
    return next(one.title for one in panel.query.columns if one.name == column)


def overrides(panel: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the values of a property by the column or pattern that they are given to."""
    return {
        rule["matcher"]["options"]: given["value"]
        for rule in panel["fieldConfig"]["overrides"]
        for given in rule["properties"]
        if given["id"] == name
    }


def _values(document: Any, name: str) -> list[Any]:
    """Return every value called `name`, however deep."""
    if isinstance(document, list):
        return [value for item in document for value in _values(item, name)]
    if not isinstance(document, dict):
        return []
    own = [document[name]] if name in document else []
    overridden = [document["value"]] if document.get("id") == name and "value" in document else []
    return own + overridden + [v for item in document.values() for v in _values(item, name)]

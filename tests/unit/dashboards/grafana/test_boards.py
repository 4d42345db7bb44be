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
from dashboards.panels.catalog import BOARDS

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
        assert unit in KNOWN_UNITS or unit.startswith("suffix:"), unit


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
        assert drawn["targets"][0]["rawSql"] == panel.query.sql.strip()
    assert [v["name"] for v in document["templating"]["list"]] == [
        variable.name for variable in board.variables
    ]


def test_spoofs_and_alerts_are_marked_on_every_board() -> None:
    for document in FILES.values():
        names = [mark["name"] for mark in document["annotations"]["list"]]
        assert names == ["SPOOF", "Alerts"]


def test_the_summary_takes_its_colour_from_the_action() -> None:
    panel = FILES["dashboards/wallwatch-large-orders.json"]["panels"][0]
    assert panel["options"]["colorMode"] == "background_solid"
    [transformation] = panel["transformations"]
    assert transformation["id"] == "configFromData"
    assert transformation["options"]["configRefId"] == panel["targets"][1]["refId"]
    assert "AS colour" in panel["targets"][1]["rawSql"]
    assert "color" not in panel["fieldConfig"]["defaults"], "it would win over the action's"


def test_rows_of_the_table_have_the_colour_of_their_class_and_lead_to_the_order() -> None:
    panel = FILES["dashboards/wallwatch-large-orders.json"]["panels"][1]
    overrides = {rule["matcher"]["options"]: rule for rule in panel["fieldConfig"]["overrides"]}
    properties = {p["id"]: p["value"] for p in overrides["classification"]["properties"]}
    assert properties["custom.cellOptions"]["applyToRow"] is True
    colours = properties["mappings"][0]["options"]
    assert colours["SPOOF"]["color"] == "#f59e0b"
    impact = {p["id"]: p["value"] for p in overrides["impact"]["properties"]}
    assert impact["thresholds"]["steps"][1]["value"] == 0.25
    [link] = panel["fieldConfig"]["defaults"]["links"]
    assert link["url"].startswith("/d/wallwatch-order?var-venue=${__data.fields.venue}&")
    assert "var-order_id=${__data.fields.order_id}" in link["url"]


@pytest.mark.parametrize(
    "shown", ["SPOOF bid 61000", "price SPOOF bid", 'price {line="SPOOF bid"}']
)
def test_a_line_is_found_however_grafana_names_it(shown: str) -> None:
    assert re.search(series_pattern("SPOOF").strip("/"), shown)
    assert not re.search(series_pattern("SPOO").strip("/"), shown)


def _values(document: Any, name: str) -> list[Any]:
    """Return every value called `name`, however deep."""
    if isinstance(document, list):
        return [value for item in document for value in _values(item, name)]
    if not isinstance(document, dict):
        return []
    own = [document[name]] if name in document else []
    overridden = [document["value"]] if document.get("id") == name and "value" in document else []
    return own + overridden + [v for item in document.values() for v in _values(item, name)]

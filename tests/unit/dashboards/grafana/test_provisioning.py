"""Provisioning files parse, agree with the boards and hold no secret."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from dashboards.grafana import generate
from dashboards.grafana.names import DATASOURCE_TYPE, DATASOURCE_UID
from dashboards.panels.boards.alert_rules import ALERT_RULES

FOLDER = generate.FOLDER / "provisioning"


def _read(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


def test_the_datasource_is_the_one_that_boards_name() -> None:
    [datasource] = _read("datasources/wallwatch.yaml")["datasources"]
    assert (datasource["type"], datasource["uid"]) == (DATASOURCE_TYPE, DATASOURCE_UID)
    secrets = datasource["secureJsonData"]
    assert secrets == {"password": "${WALLWATCH_CLICKHOUSE_PASSWORD}"}


def test_boards_are_read_from_where_compose_puts_them() -> None:
    [provider] = _read("dashboards/wallwatch.yaml")["providers"]
    assert provider["type"] == "file"
    assert provider["options"]["path"] == "/etc/grafana/wallwatch"


def test_boards_and_alert_rules_go_to_one_folder() -> None:
    """A rule's folder has no uid in a file, so that a board's must not have one either."""
    [provider] = _read("dashboards/wallwatch.yaml")["providers"]
    [group] = _read("alerting/wallwatch.yaml")["groups"]
    assert provider["folder"] == group["folder"] == "wallwatch"
    assert "folderUid" not in provider


def test_alert_rules_state_query_and_limit() -> None:
    [group] = _read("alerting/wallwatch.yaml")["groups"]
    assert [rule["uid"] for rule in group["rules"]] == [rule.uid for rule in ALERT_RULES]
    for written, rule in zip(group["rules"], ALERT_RULES, strict=True):
        query, threshold = written["data"]
        assert query["model"]["rawSql"] == rule.query.sql.strip()
        assert query["datasourceUid"] == DATASOURCE_UID
        assert threshold["model"]["expression"] == query["refId"]
        assert written["condition"] == threshold["refId"]
        assert threshold["model"]["conditions"][0]["evaluator"]["params"] == [rule.above]


@pytest.mark.parametrize("rule", ALERT_RULES, ids=lambda rule: rule.uid)
def test_a_summary_survives_the_expansion_of_environment_variables(rule: Any) -> None:
    assert "$" not in rule.summary
    assert "${" not in rule.query.sql, "an alert sees no dashboard variables"


def test_the_file_has_no_anchors() -> None:
    text = (FOLDER / "alerting/wallwatch.yaml").read_text(encoding="utf-8")
    assert "&id" not in text
    assert json.dumps(yaml.safe_load(text))

"""The alert rules as Grafana's provisioning file states them."""

from __future__ import annotations

from typing import Any, Final

from dashboards.grafana.datasource import UID, ClickHouseQuery, Format
from dashboards.panels.boards.alert_rules import ALERT_RULES, AlertRule

FOLDER: Final = "wallwatch"
INTERVAL: Final = "30s"
EXPRESSION_UID: Final = "__expr__"


def alert_file() -> dict[str, Any]:
    """Return the file's content."""
    group = {
        "orgId": 1,
        "name": "wallwatch",
        "folder": FOLDER,
        "interval": INTERVAL,
        "rules": [_rule(rule) for rule in ALERT_RULES],
    }
    return {"apiVersion": 1, "groups": [group]}


def _rule(rule: AlertRule) -> dict[str, Any]:
    window = {"from": rule.window_s, "to": 0}
    query = ClickHouseQuery(rule.query.sql.strip(), Format.TABLE).to_json()
    return {
        "uid": rule.uid,
        "title": rule.title,
        "condition": "B",
        "for": f"{rule.hold_s}s",
        "noDataState": "Alerting" if rule.fires_without_data else "OK",
        "execErrState": "Error",
        "labels": {"severity": rule.severity, "source": "wallwatch"},
        "annotations": {"summary": rule.summary},
        "data": [
            {"refId": "A", "datasourceUid": UID, "relativeTimeRange": window, "model": query},
            {
                "refId": "B",
                "datasourceUid": EXPRESSION_UID,
                "relativeTimeRange": window,
                "model": _threshold(rule.above),
            },
        ],
    }


def _threshold(above: float) -> dict[str, Any]:
    return {
        "refId": "B",
        "type": "threshold",
        "datasource": {"type": EXPRESSION_UID, "uid": EXPRESSION_UID},
        "expression": "A",
        "conditions": [{"evaluator": {"type": "gt", "params": [above]}}],
    }

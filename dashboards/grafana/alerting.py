"""The alert rules as Grafana's provisioning file states them."""

from __future__ import annotations

import json
from typing import Any, Final

from grafana_foundation_sdk.builders import alerting, expr
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.alerting import RelativeTimeRange
from grafana_foundation_sdk.models.common import DataSourceRef

from dashboards.grafana.datasource import Built, ClickHouseQuery, Format
from dashboards.grafana.names import DATASOURCE_UID, FOLDER
from dashboards.panels.boards.alert_rules import ALERT_RULES, AlertRule

INTERVAL: Final = "30s"
EXPRESSION: Final = "__expr__"
"""Type and uid of what Grafana computes by itself."""
QUERY: Final = "A"
CONDITION: Final = "B"
STATED_BY_THE_GROUP: Final = {"orgID", "folderUID", "ruleGroup"}
"""Fields of a rule in the API that the file has no place for."""


def alert_file() -> dict[str, Any]:
    """Return the file's content."""
    group = {
        "orgId": 1,
        "name": FOLDER,
        "folder": FOLDER,
        "interval": INTERVAL,
        "rules": [_rule(rule) for rule in ALERT_RULES],
    }
    return {"apiVersion": 1, "groups": [group]}


def _rule(rule: AlertRule) -> dict[str, Any]:
    built = (
        alerting.Rule(rule.title)
        .uid(rule.uid)
        .condition(CONDITION)
        .for_val(f"{rule.hold_s}s")
        .no_data_state("Alerting" if rule.fires_without_data else "OK")
        .exec_err_state("Error")
        .labels({"severity": rule.severity, "source": FOLDER})
        .annotations({"summary": rule.summary})
        .with_query(
            _query(QUERY, DATASOURCE_UID, rule.window_s).model(
                Built(ClickHouseQuery(rule.query.sql.strip(), Format.TABLE, QUERY))
            )
        )
        .with_query(_query(CONDITION, EXPRESSION, rule.window_s).model(_threshold(rule.above)))
        .build()
    )
    document: dict[str, Any] = json.loads(json.dumps(built, cls=JSONEncoder))
    return {name: value for name, value in document.items() if name not in STATED_BY_THE_GROUP}


def _query(ref_id: str, datasource_uid: str, window_s: int) -> alerting.Query:
    return (
        alerting.Query(ref_id)
        .datasource_uid(datasource_uid)
        .relative_time_range(RelativeTimeRange(window_s, 0))
    )


def _threshold(above: float) -> expr.TypeThreshold:
    return (
        expr.TypeThreshold()
        .ref_id(CONDITION)
        .datasource(DataSourceRef(type_val=EXPRESSION, uid=EXPRESSION))
        .expression(QUERY)
        .conditions(
            [
                expr.ExprTypeThresholdConditions().evaluator(
                    expr.ExprTypeThresholdConditionsEvaluator().type("gt").params([above])
                )
            ]
        )
    )

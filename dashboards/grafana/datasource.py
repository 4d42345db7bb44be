"""The ClickHouse datasource as the SDK's queries see it: the SDK ships none of its own."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Final, Self, TypeVar

from grafana_foundation_sdk.cog import runtime, variants
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.common import DataSourceRef

from dashboards.grafana.names import DATASOURCE_TYPE, DATASOURCE_UID

T = TypeVar("T")

PLUGIN_VERSION: Final = "4.11.1"
"""Version of the datasource plugin whose query model this is."""


class Format(IntEnum):
    """How the plugin shapes an answer."""

    TIME_SERIES = 0
    TABLE = 1


def reference() -> DataSourceRef:
    """Return the reference that panels, variables and annotations carry."""
    return DataSourceRef(type_val=DATASOURCE_TYPE, uid=DATASOURCE_UID)


class ClickHouseQuery(variants.Dataquery):
    """One SQL query of the datasource."""

    def __init__(self, raw_sql: str, result: Format, ref_id: str = "A") -> None:
        self.raw_sql = raw_sql
        self.result = result
        self.ref_id = ref_id

    def to_json(self) -> dict[str, object]:
        """Return the query as the plugin stores it."""
        return {
            "datasource": {"type": DATASOURCE_TYPE, "uid": DATASOURCE_UID},
            "editorType": "sql",
            "format": int(self.result),
            "pluginVersion": PLUGIN_VERSION,
            "queryType": "table" if self.result is Format.TABLE else "timeseries",
            "rawSql": self.raw_sql,
            "refId": self.ref_id,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return the query that `to_json` wrote. Raises KeyError or ValueError."""
        return cls(data["rawSql"], Format(data["format"]), data["refId"])


class Built(Builder[T]):
    """A finished part where the SDK asks for a builder."""

    def __init__(self, part: T) -> None:
        self._part = part

    def build(self) -> T:
        """Return the part."""
        return self._part


def register() -> None:
    """Teach the SDK to read this datasource's queries and its own panels; may be called again."""
    register_default_plugins()
    runtime.Runtime().register_dataquery_variant(
        runtime.DataqueryConfig(DATASOURCE_TYPE, ClickHouseQuery.from_json)
    )

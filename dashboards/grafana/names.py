"""What is called how in Grafana; needs nothing of the SDK."""

from typing import Final

FOLDER: Final = "wallwatch"
FOLDER_UID: Final = "wallwatch"
DATASOURCE_UID: Final = "wallwatch"
"""Dashboards name the datasource by this uid; provisioning and `push` create it under it."""
DATASOURCE_TYPE: Final = "grafana-clickhouse-datasource"
TAG: Final = "wallwatch"
"""Marks our boards and annotations."""

"""Prints the signal tables of a chdb store as JSON: view -> event id -> row.

A process of its own, because one process opens one store.
"""

import json
import sys

from schemas.clickhouse.connect import connect
from schemas.clickhouse.tables import SIGNALS
from schemas.settings import ClickHouseSettings

client = connect(ClickHouseSettings(url=f"chdb:{sys.argv[1]}"))
tables = {}
for model in SIGNALS:
    columns = tuple(model.model_fields)
    result = client.query(f"SELECT {', '.join(columns)} FROM {model.table}_rows FINAL")
    rows = [dict(zip(columns, row, strict=True)) for row in result.result_rows]
    tables[model.table] = {row["event_id"]: row for row in rows}
    if len(tables[model.table]) != len(rows):
        raise SystemExit(f"{model.table} holds an event id twice")
client.close()
json.dump(tables, sys.stdout)

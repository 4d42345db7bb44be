"""Signals as tables, view -> event id -> row: those of `wallwatch replay` and those of a store."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from schemas.topics import TOPIC_OF_SIGNAL
from tests.e2e.stack import clean_environment

REPLAY_S = 200
Tables = dict[str, dict[str, dict[str, Any]]]
"""View -> event id -> row without its receive time."""

_ADAPTERS = {topic.name: topic.adapter for topic in TOPIC_OF_SIGNAL.values()}


def replayed_tables(path: Path, *captures: str) -> Tables:
    """Return what `wallwatch replay` makes of captures, which it writes to `path`."""
    command = [sys.executable, "-m", "compose.cli", "replay", "--parse", *captures]
    subprocess.run(
        [*command, "--out", str(path)],
        check=True,
        timeout=REPLAY_S,
        env=clean_environment(),
        capture_output=True,
    )
    return _written_tables(path)


def _written_tables(path: Path) -> Tables:
    tables: Tables = {model.table: {} for model in TOPIC_OF_SIGNAL}
    for line in path.read_text(encoding="utf-8").splitlines():
        document = json.loads(line)
        record = _ADAPTERS[document.pop("topic")].validate_python(document)
        # What a signal leaves out of its JSON stands in its column all the same.
        unsaid = {name: getattr(record, name) for name in type(record).model_fields}
        tables[record.table][record.event_id] = {**unsaid, **document}
    return _comparable(tables)


def stored_tables(data_dir: Path) -> Tables:
    """Return what stands in the embedded store of a data dir that no process uses."""
    command = [sys.executable, "-m", "tests.e2e.dump_store", str(data_dir / "store")]
    done = subprocess.run(command, check=True, timeout=90, capture_output=True, text=True)
    return _comparable(json.loads(done.stdout))


def _comparable(tables: Tables) -> Tables:
    for rows in tables.values():
        for row in rows.values():
            del row["received_us"]
            if isinstance(row.get("evidence"), str):
                row["evidence"] = json.loads(row["evidence"])
    return tables

"""Parquet files hold every large order event and outcome, as their tables do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from compose.backtest import parquet
from compose.backtest.parquet import signal_files
from compose.errors import UserError
from compose.replay import replay
from schemas.settings import Settings
from schemas.signals import LargeOrderEvent, Outcome, Signal
from tests.support.markets.simulated_capture import simulated_capture


def documents(signals: list[Signal], model: type[Signal]) -> list[dict[str, Any]]:
    found = [s.model_dump(mode="json") for s in signals if isinstance(s, model)]
    for document in found:
        if "evidence" in document:
            document["evidence"] = json.dumps(document["evidence"], separators=(",", ":"))
    return found


def test_the_files_hold_what_the_run_emitted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "GROUP_ROWS", 7)
    signals: list[Signal] = []
    with signal_files(tmp_path / "out") as take:
        replay(simulated_capture(tmp_path / "x"), Settings(), on_signal=signals.append)
        for signal in signals:
            take(signal)
    for model in (LargeOrderEvent, Outcome):
        table = pq.read_table(tmp_path / "out" / f"{model.table}.parquet")
        assert table.to_pylist() == documents(signals, model)
        assert table.num_rows > 7
    types = {field.name: str(field.type) for field in table.schema}
    assert (types["told_at"], types["return_bps"], types["label"]) == ("int64", "double", "string")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "large_order_events.parquet",
        "outcomes.parquet",
    ]


def test_a_run_without_signals_gives_empty_files_with_their_columns(tmp_path: Path) -> None:
    with signal_files(tmp_path):
        pass
    table = pq.read_table(tmp_path / "outcomes.parquet")
    assert (table.num_rows, table.column_names) == (0, list(Outcome.model_fields))


def test_a_run_that_fails_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(KeyError), signal_files(tmp_path):
        raise KeyError("run")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written"), signal_files(tmp_path / "file" / "x"):
        pass

"""`wallwatch export` against a served store."""

from __future__ import annotations

import asyncio
import csv
import os
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from schemas.clickhouse.connect import connect
from tests.integration.dashboards.sql.conftest import Asked

AT_MS = 1_738_324_800_000
"""2025-01-31 12:00 UTC."""


async def export(asked: Asked, *arguments: str) -> tuple[int, str]:
    """Return exit code and stderr of the command."""
    database = asked.settings.clickhouse.database
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "compose.cli", "export", "--url", asked.url, *arguments),
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "WALLWATCH_CLICKHOUSE__DATABASE": database},
    )
    _, err = await child.communicate()
    return child.returncode or 0, err.decode()


async def test_a_view_by_time_and_symbol_is_a_parquet_file(asked: Asked, tmp_path: Path) -> None:
    client = await asyncio.to_thread(connect, asked.settings.clickhouse)
    client.command(
        "CREATE OR REPLACE VIEW timed AS "
        "SELECT toInt64(1738324800000 + number * 60000) AS event_time, "
        "if(number % 2, 'ETHUSDT', 'BTCUSDT') AS symbol FROM numbers(10)"
    )
    client.close()
    out = tmp_path / "timed.parquet"
    code, err = await export(
        *(asked, "timed", "--out", str(out), "--symbol", "btcusdt"),
        *("--from", "2025-01-31T12:01", "--to", "2025-01-31T13:06+01:00"),
    )
    assert (code, os.listdir(tmp_path)) == (0, ["timed.parquet"]), err
    rows = pq.read_table(out).to_pylist()
    assert rows == [
        {"event_time": AT_MS + minute * 60_000, "symbol": "BTCUSDT"} for minute in (2, 4)
    ]
    code, err = await export(asked, "large_orders", "--out", str(tmp_path / "walls.csv"))
    assert code == 0, err


@pytest.mark.parametrize(
    "view", ["pulled_walls", "flow_between", "fate_figures", "outcome_figures", "raw_archive"]
)
async def test_every_view_is_cut_by_time(asked: Asked, tmp_path: Path, view: str) -> None:
    out = tmp_path / "part.parquet"
    for arguments in ((), ("--from", "2025-01-31", "--symbol", "BTCUSDT"), ("--to", "2025-01-31")):
        code, err = await export(asked, view, "--out", str(out), *arguments)
        assert code == 0, err
        assert "symbol" in pq.read_schema(out).names


async def test_a_range_in_brackets_has_the_same_ends(asked: Asked, tmp_path: Path) -> None:
    client = await asyncio.to_thread(connect, asked.settings.clickhouse)
    client.command(
        "INSERT INTO flow_rows (venue, symbol, event_id, event_time, interval_ms, trade_count) "
        f"SELECT 'v', 'BTCUSDT', toString(number), {AT_MS} + number * 60000, 1000, 1 "
        "FROM numbers(10)"
    )
    client.close()
    out = tmp_path / "flow.parquet"
    code, err = await export(
        *(asked, "flow_between", "--out", str(out)),
        *("--from", "2025-01-31T12:01", "--to", "2025-01-31T12:04"),
    )
    assert code == 0, err
    assert [row["trades"] for row in pq.read_table(out).to_pylist()] == [3]


async def test_no_text_in_csv_is_a_formula(asked: Asked, tmp_path: Path) -> None:
    client = await asyncio.to_thread(connect, asked.settings.clickhouse)
    client.command(
        "CREATE OR REPLACE VIEW hostile AS "
        "SELECT toInt64(-5) AS event_time, '=1+1' AS symbol, '@x,\"=y' AS message"
    )
    client.close()
    out = tmp_path / "hostile.csv"
    code, err = await export(asked, "hostile", "--out", str(out))
    assert code == 0, err
    with out.open(newline="") as file:
        assert list(csv.reader(file))[1:] == [["-5", "'=1+1", "'@x,\"=y"]]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["large_orders; DROP TABLE x", "--out", "{folder}/x.parquet"], "no name of a view"),
        (["nowhere", "--out", "{folder}/x.parquet"], "nowhere"),
        (["timed", "--out", "{folder}/x.xlsx"], "its name ends in none of"),
        (["timed", "--out", "{folder}/x.csv", "--from", "yesterday"], "no time such as"),
        (["numbered", "--out", "{folder}/none/x.csv"], "cannot be written"),
        (["walls_at", "--out", "{folder}/x.parquet"], "walls_at(at_ms = "),
        (["order_life", "--out", "{folder}/x.csv"], "sql --format CSVWithNames"),
        (
            ["alerts", "--out", "{folder}/x.csv", "--from", "2025-02-01", "--to", "2025-01-31"],
            "is not before",
        ),
    ],
)
async def test_a_mistake_is_one_line_and_leaves_no_file(
    asked: Asked, tmp_path: Path, arguments: list[str], words: str
) -> None:
    code, err = await export(asked, *(one.replace("{folder}", str(tmp_path)) for one in arguments))
    assert code == 1
    assert err.startswith("wallwatch: ")
    assert words in err
    assert not os.listdir(tmp_path)

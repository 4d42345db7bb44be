"""The scorecard over stored outcomes: the same figures by API, by SQL and by the command."""

import asyncio
import json
import sys

import pytest
from aiohttp import ClientSession

from dashboards.proof.trial import SYMBOL, Tape, tape
from processors.sink.sink import ClickHouseSink
from schemas.clickhouse.connect import connect
from schemas.control import DeadLetter
from schemas.settings import ClickHouseSettings, Settings
from schemas.signals import BookMetrics, Outcome
from tests.integration.dashboards.web.test_api import served
from tests.support.markets.records import RECEIVED_US, as_bytes, signal

VENUE, NAME = SYMBOL


async def fill(store: ClickHouseSettings, made: Tape) -> None:
    """Store a tape: its outcomes and a row of the book for each second."""

    async def unexpected(letter: DeadLetter) -> None:
        raise AssertionError(letter)

    sink = ClickHouseSink(Settings(clickhouse=store), unexpected)
    await sink.start()
    whose = {"venue": VENUE, "symbol": NAME}
    for offset, row in enumerate(made.outcomes):
        record = signal(Outcome, **{**row, "reading_id": row["event_id"].partition("@")[0]})
        await sink.add("signals.outcomes", 0, offset, as_bytes(record), RECEIVED_US)
    for offset, mid in enumerate(made.series.mid):
        time_ms = (made.series.start_s + offset) * 1_000
        record = signal(BookMetrics, **whose, event_time=time_ms, mid=float(mid))
        await sink.add("signals.book", 0, offset, as_bytes(record), RECEIVED_US)
    await sink.flush()
    await sink.stop()


@pytest.fixture
async def proven(store: ClickHouseSettings) -> ClickHouseSettings:
    """A store with a drift after every lure."""
    await fill(store, tape(1_003, hours=2.0, drift_bps=5.0))
    return store


async def test_the_page_the_command_and_sql_say_the_same(
    proven: ClickHouseSettings,
) -> None:
    asked = {"symbol": NAME, "label": "SPOOF", "horizon_ms": "15000"}
    async with served(proven) as (root, _), ClientSession(root) as client:
        answer = await (await client.get("/api/v1/proof", params=asked)).json()
        again = await (await client.get("/api/v1/proof", params=asked)).json()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "compose.cli", "scorecard", "--page", root, "--json"),
            *("--symbol", NAME, "--label", "SPOOF"),
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate()
    assert again == answer
    (line,) = answer["lines"]
    assert line["verdict"] == "informs"
    told = json.loads(out)
    assert process.returncode == 0
    assert line in told["lines"]
    assert {item["label"] for item in told["lines"]} == {"SPOOF"}
    client_of_store = connect(proven)
    try:
        count, mean, hits = client_of_store.query(
            "SELECT count(), avg(return_bps), avg(return_bps > 0) FROM outcomes "
            "WHERE label = 'SPOOF' AND horizon_ms = 15000"
        ).result_rows[0]
    finally:
        client_of_store.close()
    assert count == line["readings"]
    assert (round(mean, 4), round(hits, 4)) == (line["mean_bps"], line["hit_rate"])


async def test_an_empty_store_says_so(store: ClickHouseSettings) -> None:
    made = Tape(tape(1, hours=0.1).series, [])
    await fill(store, made)
    async with served(store) as (root, _), ClientSession(root) as client:
        answer = await (await client.get("/api/v1/proof")).json()
        wrong = await client.get("/api/v1/proof?hours=5")
        problem = await wrong.json()
    assert (answer["lines"], answer["outcomes"]) == ([], 0)
    assert wrong.status == 400
    assert problem["parameter"] == "hours"

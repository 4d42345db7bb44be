"""The scorecard over stored outcomes: the same figures by API, by SQL and by the command."""

import asyncio
import json
import sys

import pytest
from aiohttp import ClientSession

from compose.proof.sources import of_captures, of_store
from compose.replay import replay
from dashboards.proof.trial import SYMBOL, Tape, tape
from processors.sink.sink import ClickHouseSink
from schemas.clickhouse.connect import connect
from schemas.clock import wall_us
from schemas.control import DeadLetter
from schemas.settings import ClickHouseSettings, Settings
from schemas.signals import BookMetrics, Outcome, Signal
from tests.integration.dashboards.web.test_api import served
from tests.support.markets.captures import CAPTURE
from tests.support.markets.records import RECEIVED_US, as_bytes, signal

VENUE, NAME = SYMBOL


async def started_sink(store: ClickHouseSettings) -> ClickHouseSink:
    """A sink that refuses nothing."""

    async def unexpected(letter: DeadLetter) -> None:
        raise AssertionError(letter)

    sink = ClickHouseSink(Settings(clickhouse=store), unexpected)
    await sink.start()
    return sink


async def fill(store: ClickHouseSettings, made: Tape) -> None:
    """Store a tape: its outcomes and a row of the book for each second."""
    sink = await started_sink(store)
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


@pytest.mark.skipif(not CAPTURE.exists(), reason=f"{CAPTURE.name} is not in ../shared/data")
async def test_a_capture_is_judged_alike_with_and_without_the_store(
    store: ClickHouseSettings,
) -> None:
    """Controls included: equal outcomes and mids must draw the same placebo times."""
    settings = Settings(clickhouse=store)
    told: list[Signal] = []
    replay(CAPTURE, settings, on_signal=told.append, progress=lambda _: None)
    sink = await started_sink(store)
    now = wall_us()
    for topic, record_type in (("signals.outcomes", Outcome), ("signals.book", BookMetrics)):
        records = [record for record in told if isinstance(record, record_type)]
        for offset, record in enumerate(records):
            # Received now, as by a worker: retention counts from there.
            received = record.model_copy(update={"received_us": now})
            await sink.add(topic, 0, offset, as_bytes(received), now)
    await sink.flush()
    await sink.stop()
    stored = await of_store(settings, 24)
    assert any(line.placebo_bps is not None for line in stored.lines)
    assert of_captures((CAPTURE,), settings, lambda _: None) == stored

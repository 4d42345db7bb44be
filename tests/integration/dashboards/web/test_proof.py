"""The scorecard over stored outcomes: the same figures by API, by SQL and by the command."""

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from aiohttp import ClientSession

from compose.doctor.check_forecasts import check_forecasts
from compose.doctor.finding import Level
from compose.proof.sources import of_captures, of_store
from compose.replay import replay
from dashboards.proof.trial import Tape, tape
from schemas.clickhouse.connect import connect
from schemas.clock import wall_us
from schemas.settings import ClickHouseSettings, EngineSettings, RiskSettings, Settings
from schemas.signals import (
    FATE_DRIFT,
    Alert,
    BookMetrics,
    Outcome,
    Signal,
    SuggestionOutcome,
)
from schemas.units import HOUR_MS
from tests.integration.dashboards.web.test_api import served
from tests.support.markets.captures import CAPTURE
from tests.support.markets.proof_store import (
    INFORMED,
    WALK,
    fill,
    fill_with_every_verdict,
)
from tests.support.markets.records import as_bytes, signal
from tests.support.processing.sink import started_sink

BASIC = (
    "readings",
    "undirected",
    "void",
    "mean_bps",
    "median_bps",
    "hit_rate",
    "favourable_bps",
    "adverse_bps",
    "net_bps",
)
"""Figures that the view has as well."""
FIGURES = """
SELECT reading_kind AS kind, label, horizon_ms, venue, symbol, {columns}
FROM outcome_figures(from_ms = {{from_ms:Int64}}, to_ms = {{to_ms:Int64}},
                     fee_bps = {{fee_bps:Float64}})
ORDER BY kind, label, horizon_ms, venue, symbol
"""


@pytest.fixture
async def proven(store: ClickHouseSettings) -> ClickHouseSettings:
    """A store with a drift after every lure of one symbol, and none on the other."""
    await fill_with_every_verdict(store)
    return store


async def scorecard(*arguments: str) -> str:
    """Return what the command prints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "compose.cli", "scorecard", *arguments),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    return out.decode()


async def test_the_api_and_the_command_say_the_same(proven: ClickHouseSettings) -> None:
    venue, symbol = INFORMED
    asked = {"symbol": symbol, "label": "SPOOF", "horizon_ms": "15000"}
    async with served(proven) as (root, _), ClientSession(root) as client:
        answer = await (await client.get("/api/v1/proof", params=asked)).json()
        again = await (await client.get("/api/v1/proof", params=asked)).json()
        told = json.loads(
            await scorecard("--page", root, "--json", "--symbol", symbol, "--label", "SPOOF")
        )
    assert again == answer
    (line,) = answer["lines"]
    assert (line["venue"], line["verdict"]) == (venue, "informs")
    assert line in told["lines"]
    assert {item["label"] for item in told["lines"]} == {"SPOOF"}


async def test_a_report_is_json_markdown_and_pictures(
    proven: ClickHouseSettings, tmp_path: Path
) -> None:
    _, symbol = INFORMED
    folder = tmp_path / "report"
    async with served(proven) as (root, _), ClientSession(root) as client:
        answer = await (await client.get("/api/v1/proof", params={"symbol": symbol})).json()
        await scorecard("--page", root, "--symbol", symbol, "--out", str(folder))
    assert json.loads((folder / "scorecard.json").read_text()) == answer
    report = (folder / "scorecard.md").read_text()
    for name in ("forest.png", "paths.png"):
        assert f"![{name}]({name})" in report
        assert (folder / name).stat().st_size > 1_000
    told = answer["lines"] + answer["suggestions"]
    assert report.count("| BTCUSDT | ") == len(told)
    assert "| too few |" in report
    assert "| informs |" in report
    assert "large move of the market within 60 min (macro-risk): no skill yet" in report


async def test_every_basic_figure_is_that_of_sql(proven: ClickHouseSettings) -> None:
    """API, command and view, for every line: voids, readings of no side, and all symbols pooled."""
    async with served(proven) as (root, _), ClientSession(root) as client:
        answer = await (await client.get("/api/v1/proof")).json()
        printed = json.loads(await scorecard("--page", root, "--json"))
    lines = answer["lines"]
    assert printed["lines"] == lines
    assert printed["macro"] == answer["macro"]
    assert printed["forecasts"] == answer["forecasts"]
    forecasts = {line["forecast"]: line for line in answer["forecasts"]}
    assert set(forecasts) == {"p_filled_10s", "p_filled_60s", "p_pulled_60s"}
    pulled = forecasts["p_pulled_60s"]
    assert (pulled["graded"], pulled["told"], pulled["came_true"]) == (4, 0.4, 0.5)
    assert pulled["brier"] == pytest.approx((2 * 0.36 + 2 * 0.16) / 4)
    assert (answer["macro"]["verdict"], answer["macro"]["skill"]) == ("no skill yet", None)
    assert {line["symbol"] for line in lines} == {"ALL", INFORMED[1], WALK[1]}
    window = {
        "from_ms": answer["until_ms"] - answer["hours"] * HOUR_MS,
        "to_ms": answer["until_ms"],
        "fee_bps": answer["fee_bps"],
    }
    asked = connect(proven)
    try:
        rows = list(asked.query(FIGURES.format(columns=", ".join(BASIC)), window).named_results())
    finally:
        asked.close()
    names = ("kind", "label", "horizon_ms", "venue", "symbol")
    assert [[row[name] for name in names] for row in rows] == [
        [line[name] for name in names] for line in lines
    ]
    for row, line in zip(rows, lines, strict=True):
        for name in BASIC:
            assert row[name] == (
                None if line[name] is None else pytest.approx(line[name], abs=6e-5)
            ), (name, line)
    assert sum(line["void"] for line in lines) == 2, "of the symbol, and of all"
    assert sum(line["undirected"] for line in lines) == 2


async def test_the_doctor_tells_what_came_of_forecasts_and_of_drift(
    proven: ClickHouseSettings,
) -> None:
    sound = await check_forecasts(proven)
    assert sound is not None
    assert sound.level is Level.OK
    assert "p_pulled_60s told 40.0%, came true 50.0% of 4" in sound.fact
    sink = await started_sink(proven)
    now_ms = tape(1_003, 0.1).outcomes[0]["told_at"]
    drift = signal(Alert, event_time=now_ms, rule=FATE_DRIFT, message="the model drifts")
    await sink.add("signals.alerts", 0, 0, as_bytes(drift), wall_us())
    await sink.flush()
    await sink.stop()
    drifted = await check_forecasts(proven)
    assert drifted is not None
    assert drifted.level is Level.WARN
    assert drifted.fact.startswith("BTCUSDT: the model drifts (1 such alerts")


async def test_an_empty_store_says_so(store: ClickHouseSettings) -> None:
    await fill(store, {WALK: Tape(tape(1, hours=0.1).series, [])})
    async with served(store) as (root, _), ClientSession(root) as client:
        answer = await (await client.get("/api/v1/proof")).json()
        wrong = await client.get("/api/v1/proof?hours=5")
        problem = await wrong.json()
    assert await check_forecasts(store) is None
    assert (answer["lines"], answer["outcomes"]) == ([], 0)
    assert wrong.status == 400
    assert problem["parameter"] == "hours"


@pytest.mark.skipif(not CAPTURE.exists(), reason=f"{CAPTURE.name} is not in ../shared/data")
async def test_a_capture_is_judged_alike_with_and_without_the_store(
    store: ClickHouseSettings,
) -> None:
    """Controls included: equal outcomes and mids must draw the same placebo times."""
    risk = RiskSettings(max_loss_usd=100, horizon_ms=60_000)
    settings = Settings(clickhouse=store, engine=EngineSettings(risk=risk))
    told: list[Signal] = []
    replay(CAPTURE, settings, on_signal=told.append, progress=lambda _: None)
    sink = await started_sink(store)
    now = wall_us()
    for topic, record_types in (
        ("signals.outcomes", (Outcome, SuggestionOutcome)),
        ("signals.book", (BookMetrics,)),
    ):
        records = [record for record in told if isinstance(record, record_types)]
        for offset, record in enumerate(records):
            # Received now, as by a worker: retention counts from there.
            received = record.model_copy(update={"received_us": now})
            await sink.add(topic, 0, offset, as_bytes(received), now)
    await sink.flush()
    await sink.stop()
    stored = (await of_store(settings, 24)).card
    assert any(line.placebo_bps is not None for line in stored.lines)
    assert of_captures((CAPTURE,), settings, lambda _: None) == stored
    assert sum(line.entered for line in stored.suggestions) > 0
    async with served(store) as (root, _), ClientSession(root) as client:
        asked = {"label": "DEFENSIVE_SELL"}
        answer = await (await client.get("/api/v1/proof", params=asked)).json()
        printed = await scorecard("--page", root, "--label", "DEFENSIVE_SELL")
    (line,) = [asdict(line) for line in stored.suggestions if line.label == "DEFENSIVE_SELL"]
    assert answer["suggestions"] == [line]
    _, table = printed.split("suggestions beside standing walls")
    assert f"{line['within_share']:.1%}" in table

"""The page and the API over real data in a real store."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientSession, ClientTimeout, web
from yarl import URL

from dashboards.web.app import create_app
from schemas.record import Record
from schemas.settings import ClickHouseSettings, Settings, SqlSettings
from schemas.signals import ActionSignal, BookMetrics, FlowBar
from schemas.status import Counters, PipelineStatus
from tests.support.markets.records import RECEIVED_US, START_MS, as_bytes, order, signal
from tests.support.processing.sink import started_sink
from tests.support.servers.clickhouse_server import unique_database

PIPELINE = PipelineStatus(ready=True, lag=3, counters=Counters(records={"market.depth": 5}))
NOW_MS = START_MS + 300_000
HOUR_MS = 3_600_000
STOP_S = 3.0


async def pipeline_status() -> PipelineStatus:
    return PIPELINE


@asynccontextmanager
async def served(
    store: ClickHouseSettings, sql: SqlSettings | None = None
) -> AsyncIterator[tuple[str, web.AppRunner]]:
    """Serve the application on a free port; yields its root URL."""
    settings = Settings(clickhouse=store, sql=sql or SqlSettings())
    runner = web.AppRunner(create_app(settings, pipeline_status))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"http://127.0.0.1:{port}", runner
    finally:
        await runner.cleanup()


@pytest.fixture
async def filled(store: ClickHouseSettings) -> ClickHouseSettings:
    """Two symbols: one with orders in every stage, one with next to nothing."""

    closed: dict[str, Any] = {"state": "closed", "kind": "closed", "close_reason": "cancelled"}
    spoof: dict[str, Any] = {**closed, "classification": "SPOOF", "is_spoof": True}
    records: list[tuple[str, Record]] = [
        ("signals.book", signal(BookMetrics, event_time=NOW_MS - 1_000, mid=1.0)),
        ("signals.book", signal(BookMetrics, event_time=NOW_MS)),
        ("signals.flow", signal(FlowBar, event_time=NOW_MS - 2_000, cvd_usd=1.0)),
        (
            "signals.flow",
            signal(
                FlowBar,
                event_time=NOW_MS - 1_000,
                cvd_usd=-2.5e6,
                open_interest=81_000.5,
                oi_change_pct=0.25,
            ),
        ),
        ("signals.flow", signal(FlowBar, event_time=START_MS, interval_ms=900_000, cvd_usd=9.0)),
        ("signals.actions", signal(ActionSignal, event_time=START_MS, final_action="MARKUP")),
        ("signals.actions", signal(ActionSignal, event_time=NOW_MS - 5_000)),
        ("signals.large_orders", order("small", first_seen=NOW_MS - 30_000, value_usd=1e6)),
        ("signals.large_orders", order("wall", 0, first_seen=START_MS, value_usd=9e6)),
        (
            "signals.large_orders",
            order("wall", 1, first_seen=START_MS, value_usd=8e6, classification="DEFENSIVE_BUY"),
        ),
        (
            "signals.large_orders",
            order("fresh", **spoof, first_seen=NOW_MS - 22_000, closed_at=NOW_MS - 20_000),
        ),
        (
            "signals.large_orders",
            order("older", **spoof, first_seen=NOW_MS - 92_000, closed_at=NOW_MS - 90_000),
        ),
        (
            "signals.large_orders",
            order("gone", **spoof, first_seen=NOW_MS - 200_000, closed_at=NOW_MS - 121_000),
        ),
        ("signals.book", signal(BookMetrics, symbol="ETHUSDT", event_time=START_MS)),
        # An hour ahead of the store's clock: hides no symbol and is nobody's newest.
        ("signals.book", signal(BookMetrics, event_time=time.time_ns() // 1_000_000 + HOUR_MS)),
    ]
    sink = await started_sink(store)
    for offset, (topic, record) in enumerate(records):
        await sink.add(topic, 0, offset, as_bytes(record), RECEIVED_US)
    await sink.flush()
    await sink.stop()
    return store


async def test_what_is_not_live_is_told_by_every_answer(filled: ClickHouseSettings) -> None:
    queries = ("large-orders/history?symbol=BTCUSDT", "large-orders/order?order_id=wall")
    async with served(filled) as (root, _), ClientSession(root) as client:
        for query in queries:
            answer = await (await client.get(f"/api/v1/{query}")).json()
            assert (answer["state"], answer["reason"]) == ("stale", "no new events arrive"), query
            assert answer["stale_ms"] > 5_000
        for query in ("panels/flow.price?symbol=BTCUSDT", "smart-money/history?symbol=BTCUSDT"):
            (old,) = (await (await client.get(f"/api/v1/{query}")).json())["not_live"]
            assert (old["symbol"], old["state"], old["now_ms"]) == ("BTCUSDT", "stale", NOW_MS)
        detect = await (await client.get("/api/v1/smart-money/detect?symbol=BTCUSDT")).json()
        (btc,) = detect["symbols"]
        assert (btc["state"], btc["action"], btc["preliminary"]) == ("stale", "UNKNOWN", None)
        words = await (await client.get("/api/v1/large-orders/order?order_id=wall")).json()
        assert any("not live" in line for line in words["words"])


async def test_status_and_detect(filled: ClickHouseSettings) -> None:
    async with served(filled) as (root, _), ClientSession(root) as client:
        status = await (await client.get("/api/v1/large-orders/status")).json()
        detect = await client.get("/api/v1/large-orders/detect", params={"symbol": "btcusdt"})
        detail = await detect.json()
    btc, eth = status["symbols"]
    assert status["impact_threshold"] == 0.25
    # The rows are old and the server has never seen them move: nothing live is claimed.
    assert (btc["state"], btc["context"]["last_action"]) == ("stale", "ACCUMULATE")
    assert btc["stale_ms"] > 5_000
    assert btc["summary"] == {
        "final_action": "UNKNOWN",
        "buy_score": 3.5,
        "sell_score": 1.0,
        "cvd_usd": -2.5e6,
        "open_interest": 81_000.5,
        "oi_change_pct": 0.25,
        "spoof_count": 1,
        "last_update": NOW_MS,
    }
    assert btc["context"]["mid"] == 60_000.05
    shown = [(order["order_id"], order["state"], order["age_ms"]) for order in btc["orders"]]
    assert shown == [
        ("wall", "open", 300_000),
        ("small", "open", 30_000),
        ("fresh", "closed", 2_000),
        ("older", "closed", 2_000),
    ]
    assert btc["orders"][0]["classification"] == "DEFENSIVE_BUY"
    assert (eth["symbol"], eth["orders"], eth["now_ms"]) == ("ETHUSDT", [], START_MS)
    assert eth["summary"]["final_action"] == "UNKNOWN"
    assert detail["summary"] == btc["summary"]
    assert detail["evidence"] == {"orders": ["o1"]}
    assert [item["order_id"] for item in detail["orders"]] == [name for name, _, _ in shown]
    assert detail["orders"][0]["evidence"]["pulls"] == [1, 2]


async def test_wrong_requests_are_told_what_to_do(filled: ClickHouseSettings) -> None:
    symbols = ["BTCUSDT", "ETHUSDT"]
    async with served(filled) as (root, _), ClientSession(root) as client:
        for query, status, error in (
            ("", 400, "parameter symbol is missing"),
            ("?symbol=", 400, "parameter symbol is missing"),
            ("?symbol=DOGEUSDT", 404, "unknown symbol DOGEUSDT"),
            ("?symbol=BTCUSDT&venue=okx", 404, "unknown symbol BTCUSDT at venue okx"),
        ):
            answer = await client.get(f"/api/v1/large-orders/detect{query}")
            assert answer.status == status
            expected = {"error": error, "parameter": "symbol", "allowed": symbols}
            assert await answer.json() == expected
        for path, parameter, allowed in (
            ("large-orders/history?symbol=BTCUSDT&side=up", "side", ["bid", "ask"]),
            ("large-orders/history?symbol=BTCUSDT&limit=0", "limit", "integer >= 1 <= 5000"),
            ("large-orders/history?symbol=BTCUSDT&spoof=perhaps", "spoof", ["true", "false"]),
            ("large-orders/history?symbol=BTCUSDT&to_ms=5&from_ms=6", "from_ms", "integer <= 5"),
            ("large-orders/detect?symbol=BTCUSDT&vnue=x", "vnue", ["symbol", "venue"]),
            ("panels/flow.price?symbol=BTCUSDT&minutes=7", "minutes", [5, 15, 60, 240, 1440]),
            ("panels/flow.price", "symbol", symbols),
            ("panels/order.facts?symbol=BTCUSDT", "order_id", "an order's id"),
            ("panels/flow.price?symbol=BTCUSDT&from_ms=6&to_ms=5", "from_ms", "integer <= 5"),
            ("smart-money/history?hours=0", "hours", "integer >= 1 <= 744"),
        ):
            answer = await client.get(f"/api/v1/{path}")
            assert answer.status == 400, path
            document = await answer.json()
            assert (document["parameter"], document["allowed"]) == (parameter, allowed)
            assert parameter in document["error"]
        unknown = await client.get("/api/v1/live", params={"views": "large-orders,weather"})
        assert unknown.status == 400
        assert "'weather'" in (await unknown.json())["error"]
        for view in ("panel:flow.weather?symbol=BTCUSDT", "panel:flow.price?symbl=BTCUSDT"):
            unknown = await client.get("/api/v1/live", params={"views": view})
            assert unknown.status in {400, 404}, view
        nowhere = await client.get("/api/v1/panels/flow.price?symbol=DOGEUSDT")
        assert (nowhere.status, (await nowhere.json())["allowed"]) == (404, symbols)
        nobody = await client.get("/api/v1/large-orders/order", params={"order_id": "nobody"})
        assert nobody.status == 404
        assert (await nobody.json())["parameter"] == "order_id"
        missing = await client.get("/api/v1/nothing")
        assert missing.status == 404
        assert await missing.json() == {"error": "Not Found: /api/v1/nothing"}


async def test_the_page_and_its_assets(filled: ClickHouseSettings) -> None:
    async with served(filled) as (root, _), ClientSession(root) as client:
        redirected = await client.get("/")
        assert redirected.url.path == "/large-orders"
        page = await redirected.text()
        assert "default-src 'self'" in redirected.headers["Content-Security-Policy"]
        for path, kind in (
            ("/assets/app.css", "text/css"),
            ("/assets/pages/large-orders.js", "javascript"),
            ("/assets/favicon.svg", "image/svg+xml"),
        ):
            assert path in page
            asset = await client.get(path)
            assert asset.status == 200
            assert asset.content_type.endswith(kind)
        assert "http://" not in page
        assert "https://" not in page
        assert (await (await client.get("/healthz")).json()) == {"status": "ok"}
        assert (await (await client.get("/api/v1/pipeline/status")).json()) == PIPELINE.model_dump()


async def test_the_stream_repeats_and_ends_with_the_server(filled: ClickHouseSettings) -> None:
    async with (
        served(filled) as (root, runner),
        ClientSession(root, timeout=ClientTimeout(30)) as client,
        client.get("/api/v1/large-orders/stream") as stream,
    ):
        assert stream.content_type == "text/event-stream"
        frames: list[dict[str, Any]] = []
        async for line in stream.content:
            if line.startswith(b"data: "):
                frames.append(json.loads(line.removeprefix(b"data: ")))
            if len(frames) == 3:
                break
        for frame in frames:
            ages = [symbol.pop("stale_ms") for symbol in frame["symbols"]]
            assert all(age > 5_000 for age in ages)
        assert frames[2]["symbols"] == frames[0]["symbols"]
        assert frames[2]["pipeline"]["lag"] == 3
        async with asyncio.timeout(STOP_S):
            await runner.cleanup()


async def test_a_store_without_tables_is_a_503(store: ClickHouseSettings) -> None:
    missing = store.model_copy(update={"database": unique_database()})
    async with served(missing) as (root, _), ClientSession(root) as client:
        for path in ("/api/v1/large-orders/status", "/healthz"):
            answer = await client.get(path)
            assert answer.status == 503
            assert "start a worker" in (await answer.json())["error"]


async def test_a_store_that_is_down_is_a_503_and_the_stream_says_so() -> None:
    down = ClickHouseSettings(url="http://127.0.0.1:9")
    async with served(down) as (root, _), ClientSession(root) as client:
        answer = await client.get("/api/v1/large-orders/status")
        assert answer.status == 503
        assert "cannot be reached" in (await answer.json())["error"]
        async with client.get("/api/v1/large-orders/stream") as stream:
            await stream.content.readline()
            await stream.content.readline()
            frame = json.loads((await stream.content.readline()).removeprefix(b"data: "))
        assert "cannot be reached" in frame["error"]
        assert frame["pipeline"]["lag"] == 3


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example"])
async def test_a_foreign_name_that_leads_to_loopback_is_refused(
    filled: ClickHouseSettings, host: str
) -> None:
    async with served(filled) as (root, _), ClientSession() as client:
        answer = await client.get(f"{root}/api/v1/large-orders/status", headers={"Host": host})
        assert answer.status == 421
        assert "web.allowed_hosts" in (await answer.json())["error"]


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1", "[::1]:8080", "LOCALHOST"])
async def test_names_of_loopback_are_answered(filled: ClickHouseSettings, host: str) -> None:
    async with served(filled) as (root, _), ClientSession() as client:
        answer = await client.get(f"{root}/api/v1/large-orders/status", headers={"Host": host})
        assert answer.status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../../schemas/topics.py",
        "/assets/%2e%2e/%2e%2e/pyproject.toml",
        "/assets/..%2f..%2fpyproject.toml",
        "/assets//etc/passwd",
    ],
)
async def test_no_path_leads_out_of_the_assets(filled: ClickHouseSettings, path: str) -> None:
    async with served(filled) as (root, _), ClientSession() as client:
        answer = await client.get(URL(root + path, encoded=True))
        assert answer.status in (403, 404), await answer.text()

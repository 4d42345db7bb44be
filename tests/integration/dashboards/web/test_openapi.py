"""openapi.json lists every route, and the answers are what it says."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientSession, web
from jsonschema import Draft202012Validator
from pydantic import SecretStr

from dashboards.panels.catalog import PANEL_OF
from dashboards.queries.model import Query
from dashboards.reader import StoreReader
from dashboards.web.app import create_app
from schemas.settings import ClickHouseSettings, Settings, WebSettings
from schemas.signals import ActionSignal, BookMetrics, FlowBar, SmartMoney
from schemas.status import Latency, PipelineStatus
from tests.support.markets.records import (
    RECEIVED_US,
    START_MS,
    as_bytes,
    one_of_each,
    order,
    signal,
)
from tests.support.processing.sink import started_sink
from tests.support.servers.clickhouse_server import unique_database

TOKEN = "a-token-for-this-test"
PAGES = {
    "/",
    "/large-orders",
    "/flow",
    "/markets",
    "/smart-money",
    "/alerts",
    "/time",
    "/proof",
    "/health",
    "/sql",
    "/api",
}
QUERIES = {
    "/api/v1/symbols": [""],
    "/api/v1/alerts/rules": [""],
    "/api/v1/alerts/fired": ["", "?after_id=3&limit=5"],
    "/api/v1/large-orders/status": [""],
    "/api/v1/large-orders/detect": ["?symbol=btcusdt"],
    "/api/v1/large-orders/history": [
        "?symbol=BTCUSDT",
        "?symbol=BTCUSDT&pulled=true&side=bid&spoof=false&persistent=false&min_impact=0.5&limit=1",
    ],
    "/api/v1/large-orders/order": ["?order_id=hit", "?order_id=o1"],
    "/api/v1/markets": ["", "?coin=btc"],
    "/api/v1/panels": [""],
    "/api/v1/panels/{key}": [
        *(f"?symbol=BTCUSDT&minutes={minutes}" for minutes in (5, 15, 60, 240, 1440)),
        f"?symbol=BTCUSDT&venue=binance_usdm&from_ms={START_MS}",
    ],
    "/api/v1/proof": ["", "?symbol=BTCUSDT&kind=order_closed&label=SPOOF&horizon_ms=5000&hours=1"],
    "/api/v1/ai/macro-risk": ["", "?hours=24"],
    "/api/v1/smart-money/detect": ["", "?symbol=BTCUSDT"],
    "/api/v1/smart-money/history": ["", "?symbol=BTCUSDT&hours=1"],
    "/api/v1/health": [""],
    "/api/v1/pipeline/status": [""],
    "/api/v1/settings/maxLossAmount": ["", "?symbol=BTCUSDT"],
    "/api/v1/settings/{name}": [""],
    "/api/v1/live": [
        "",
        "?views=panel:flow.price%3Fsymbol%3DBTCUSDT,markets,smart-money,health,pipeline",
    ],
    "/api/v1/openapi.json": [""],
    "/api/v1/asyncapi.json": [""],
    "/api/v1/sql/questions": [""],
    "/healthz": [""],
}


async def pipeline_status() -> PipelineStatus:
    return PipelineStatus(ready=True, lag=0, latency_ms=Latency(p50=1.5, p99=9.0))


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[tuple[ClientSession, web.Application]]:
    app = create_app(settings, pipeline_status)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with ClientSession(f"http://127.0.0.1:{runner.addresses[0][1]}") as client:
            yield client, app
    finally:
        await runner.cleanup()


@pytest.fixture
async def settings(chdb_url: str) -> Settings:
    """A store with something in every table."""

    store = ClickHouseSettings(url=chdb_url, database=unique_database())
    sink = await started_sink(store)
    last: dict[str, Any] = {"state": "closed", "kind": "closed", "closed_at": START_MS + 2_000}
    trades = {"open": 1.0, "high": 2.0, "low": 0.5, "close": 1.5, "buy_usd": 9.5}
    more = [
        # A second market of the coin, so that there is something to tell of both.
        ("signals.book", signal(BookMetrics, venue="binance_coinm", symbol="BTCUSD_PERP")),
        ("signals.large_orders", order("hit", 0)),
        ("signals.large_orders", order("hit", 1, traded_qty=3.0, event_time=START_MS + 1_000)),
        (
            "signals.large_orders",
            order(
                "hit",
                2,
                **last,
                close_reason="cancelled",
                traded_qty=3.0,
                cancelled_qty=97.125,
                event_time=START_MS + 2_000,
                evidence={"rule": "none", "spoof_evidence": {"short_life": 0.5}},
            ),
        ),
        ("signals.flow", signal(FlowBar, event_time=START_MS + 1_000, **trades)),
        ("signals.flow", signal(FlowBar, event_time=START_MS, interval_ms=60_000)),
        ("signals.flow", signal(FlowBar, event_time=START_MS, interval_ms=900_000)),
        ("signals.book", signal(BookMetrics, event_time=START_MS + 2_000)),
        ("signals.actions", signal(ActionSignal, event_time=START_MS + 500)),
        ("signals.actions", signal(SmartMoney, event_time=START_MS + 600)),
    ]
    for offset, (topic, record) in enumerate([*one_of_each(), *more]):
        await sink.add(topic, 0, offset, as_bytes(record), RECEIVED_US)
    await sink.flush()
    await sink.stop()
    return Settings(clickhouse=store, web=WebSettings(token=SecretStr(TOKEN)))


async def test_every_route_is_listed_and_nothing_else(settings: Settings) -> None:
    async with served(settings) as (client, app):
        document = await (await client.get("/api/v1/openapi.json")).json()
    routed = {
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    pages = {
        (method, path)
        for method, path in routed
        if path in PAGES or path.startswith(("/assets", "/large-orders/"))
    }
    listed = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }
    assert listed == routed - pages
    assert len(listed) >= 18


AGE = {"state", "stale_ms", "reason"}
NOT_OF_NOW = {
    "/api/v1/alerts/rules": "a rule names symbols",
    "/api/v1/alerts/rules/{name}": "the same",
    "/api/v1/alerts/fired": "moments that are over",
    "/api/v1/alerts/preview": "the same",
    "/api/v1/proof": "figures of hours that are over",
    "/api/v1/settings/{name}": "the symbol is part of what was asked",
    "/api/v1/settings/maxLossAmount": "the same",
}


async def test_every_answer_about_a_symbol_says_whether_it_is_live(settings: Settings) -> None:
    async with served(settings) as (client, _):
        document = await (await client.get("/api/v1/openapi.json")).json()
    told: set[str] = set()
    untold: set[str] = set()
    for path, methods in document["paths"].items():
        for method in methods.values():
            content = method["responses"]["200"]["content"]
            schema = content.get("application/json", {}).get("schema", {})
            if '"symbol":' not in json.dumps(_resolved(schema, document)):
                continue
            (told if _tells_age(_resolved(schema, document)) else untold).add(path)
    assert untold <= set(NOT_OF_NOW)
    assert told >= {
        "/api/v1/large-orders/status",
        "/api/v1/large-orders/detect",
        "/api/v1/large-orders/history",
        "/api/v1/large-orders/order",
        "/api/v1/markets",
        "/api/v1/smart-money/detect",
        "/api/v1/smart-money/history",
        "/api/v1/panels/{key}",
    }


def _resolved(schema: Any, document: Mapping[str, Any]) -> Any:
    """Return a schema with what it refers to in place, properties alone."""
    if isinstance(schema, list):
        return [_resolved(one, document) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if reference := schema.get("$ref"):
        return _resolved(document["components"]["schemas"][reference.split("/")[-1]], document)
    kept = ("properties", "items", "anyOf")
    if not any(name in schema for name in kept):
        return {}
    properties = schema.get("properties", {})
    return {
        "properties": {name: _resolved(one, document) for name, one in properties.items()},
        "items": _resolved(schema.get("items", {}), document),
        "anyOf": _resolved(schema.get("anyOf", []), document),
    }


def _tells_age(schema: Any) -> bool:
    properties = schema.get("properties", {})
    if "not_live" in properties:
        schema = properties["not_live"].get("items", {})
    elif "symbols" in properties:
        schema = properties["symbols"].get("items", {})
    elif "coins" in properties:
        coin = properties["coins"].get("items", {})
        schema = coin.get("properties", {}).get("markets", {}).get("items", {})
    return set(schema.get("properties", {})) >= AGE


async def test_answers_match_their_schemas(settings: Settings) -> None:
    async with served(settings) as (client, _):
        document = await (await client.get("/api/v1/openapi.json")).json()
        untried = set()
        for path, methods in document["paths"].items():
            content = methods.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
            if "application/json" not in content:
                continue
            if path not in QUERIES:
                untried.add(path)
                continue
            for query in QUERIES[path]:
                named = path.replace("{name}", "engine.threshold").replace("{key}", "flow.price")
                answer = await client.get(named + query)
                assert answer.status == 200, (path, query, await answer.text())
                schema = content["application/json"]["schema"]
                assert mismatches(await answer.json(), schema, document) == [], (path, query)
        assert untried == set()
        wrong = await client.get("/api/v1/large-orders/history?symbol=BTCUSDT&side=up")
        error = document["components"]["schemas"]["ErrorAnswer"]
        assert mismatches(await wrong.json(), error, document) == []


def mismatches(value: Any, schema: Mapping[str, Any], document: Mapping[str, Any]) -> list[str]:
    """Return where `value` differs from a schema of the document, whose references it follows."""
    validator = Draft202012Validator({**schema, "components": document["components"]})
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


async def test_the_schemas_are_schemas(settings: Settings) -> None:
    async with served(settings) as (client, _):
        document = await (await client.get("/api/v1/openapi.json")).json()
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


async def test_what_is_sent_has_a_schema_and_an_example_that_is_taken(settings: Settings) -> None:
    async with served(settings) as (client, _):
        document = await (await client.get("/api/v1/openapi.json")).json()
        sent = {
            (method, path): operation["requestBody"]["content"]["application/json"]
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
            if method in ("put", "post")
        }
        assert len(sent) == 6
        for body in sent.values():
            schema = body["schema"] | {"components": document["components"]}
            Draft202012Validator(schema).validate(body["example"])
        for path in ("/api/v1/sql", "/api/v1/alerts/preview"):
            reply = await client.post(path, json=sent["post", path]["example"])
            assert reply.status == 200, await reply.text()
            broken = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
            broken["Connection"] = "close"
            reply = await client.post(path, data=b"{}", headers=broken)
            assert reply.status == 400, await reply.text()
            assert "Content-Encoding" in (await reply.json())["error"]


async def test_an_order_in_depth(settings: Settings) -> None:
    async with served(settings) as (client, _):
        answer = await client.get("/api/v1/large-orders/order", params={"order_id": "hit"})
        document = await answer.json()
        history = await client.get("/api/v1/large-orders/history?symbol=BTCUSDT&pulled=true")
        span = {"from_ms": document["from_ms"], "to_ms": document["to_ms"]}
        asked = {"symbol": "BTCUSDT", "order_id": "hit", **span}
        panels = {
            key: (await (await client.get(f"/api/v1/panels/{key}", params=asked)).json())["columns"]
            for key in ("order.hits", "order.events", "order.facts", "large_orders.fills_pulls",
                        "large_orders.walls")
        }  # fmt: skip
        csv = await client.get("/api/v1/large-orders/export.csv?symbol=BTCUSDT&pulled=true")
        lines = (await csv.text()).splitlines()
    hits = panels["order.hits"]
    assert hits["time"][1] == START_MS // 1_000 * 1_000 + 1_000
    assert hits["traded_usd"] == [0, 180_002, 0]
    assert len(panels["order.events"]["kind"]) == 3
    assert panels["order.facts"]["order_id"] == ["hit"]
    assert document["evidence_parts"] == [
        {"name": "short_life", "words": "short life", "share": 0.5}
    ]
    assert [found["order_id"] for found in (await history.json())["orders"]] == ["hit"]
    fates = panels["large_orders.fills_pulls"]
    assert sum(fates["filled_bids"]) == pytest.approx(180_001.5, abs=1)
    assert -sum(fates["pulled_bids"]) == pytest.approx(97.125 * 60_000.5, abs=1)
    assert set(panels["large_orders.walls"]["order_id"]) == {"hit", "o1"}
    assert len(lines) == 2
    assert lines[1].split(",")[1:4] == ["BTCUSDT", "ACCUMULATE", "3.5"]
    assert "attachment" in csv.headers["Content-Disposition"]


async def test_the_history_agrees_with_the_view_of_pulled_walls(settings: Settings) -> None:
    span = {"from_ms": START_MS, "to_ms": START_MS + 2_000}
    reader = StoreReader(settings.clickhouse)
    sql = "SELECT order_id, max_value_usd, lifetime_ms FROM pulled_walls"
    query = Query(
        "pulled", "Pulled", f"{sql}(from_ms = {START_MS}, to_ms = {START_MS + 2_000})", ""
    )
    rows = await reader.rows(query, {})
    await reader.close()
    async with served(settings) as (client, _):
        params: dict[str, str | int] = {"symbol": "BTCUSDT", "pulled": "true", **span}
        answer = await client.get("/api/v1/large-orders/history", params=params)
        orders = (await answer.json())["orders"]
    assert rows
    assert [{name: found[name] for name in rows[0]} for found in orders] == rows


async def test_settings_are_masked_and_not_changed_without_a_broker(settings: Settings) -> None:
    secret = settings.clickhouse.model_copy(update={"password": SecretStr("hidden-word")})
    path = "/api/v1/settings/engine.threshold.multiple"
    async with served(settings.model_copy(update={"clickhouse": secret})) as (client, _):
        read = await (await client.get(path)).json()
        assert (read["value"], read["writable"]) == (4.0, False)
        assert "wallwatch settings set" in read["read_only_reason"]
        for name in ("clickhouse", "web", "notify"):
            text = await (await client.get(f"/api/v1/settings/{name}")).text()
            assert "hidden-word" not in text
            assert TOKEN not in text
        unknown = await client.get("/api/v1/settings/engine.thresold")
        assert unknown.status == 404
        assert "threshold" in (await unknown.json())["allowed"]
        wrong = {"Authorization": "Bearer guess"}
        right = {"Authorization": f"Bearer {TOKEN}"}
        assert (await client.put(path, data=json.dumps(6))).status == 401
        assert (await client.put(path, data=json.dumps(6), headers=wrong)).status == 401
        honest = await client.put(path, data=json.dumps(6), headers=right)
        assert honest.status == 501
        assert "has no broker" in (await honest.json())["error"]
        other = await client.put("/api/v1/settings/web.port", data="1", headers=right)
        assert other.status == 409
        assert "WALLWATCH_WEB__PORT" in (await other.json())["error"]
        assert await (await client.get(path)).json() == read
    async with served(settings.model_copy(update={"web": WebSettings()})) as (client, _):
        off = await client.put(path, data=json.dumps(6), headers={"Authorization": "Bearer "})
        assert off.status == 403
        assert "web.token" in (await off.json())["error"]


async def test_the_api_answers_every_panel(settings: Settings) -> None:
    params = {"symbol": "BTCUSDT", "order_id": "hit", "minutes": "60"}
    async with served(settings) as (client, _):
        shown = (await (await client.get("/api/v1/panels")).json())["panels"]
        answers = {}
        for key in PANEL_OF:
            answer = await client.get(f"/api/v1/panels/{key}", params=params)
            assert answer.status == 200, (key, await answer.text())
            answers[key] = (await answer.json())["columns"]
    for key, panel in PANEL_OF.items():
        assert (shown[key]["title"], shown[key]["question"]) == (panel.title, panel.question)
        assert [column["name"] for column in shown[key]["columns"]] == list(panel.query.names)
        assert list(answers[key]) == list(panel.query.names)
        assert len({len(values) for values in answers[key].values()}) == 1


async def test_the_chart_library_is_served_from_its_package_and_cached(
    settings: Settings,
) -> None:
    async with served(settings) as (client, _):
        page = await (await client.get("/flow")).text()
        path = page.partition('data-plotly="')[2].partition('"')[0]
        script = await client.get(path)
        body = await script.read()
        missing = await client.get("/assets/plotly-0.0.0.min.js")
    assert script.status == 200
    assert script.content_type == "text/javascript"
    assert "immutable" in script.headers["Cache-Control"]
    assert len(body) > 1_000_000
    assert missing.status == 404

"""Rules of people, from a row in the store to a webhook, the API and the judgement of a person."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from click.testing import CliRunner
from pydantic import SecretStr

from compose.alerts.command import command
from compose.errors import UserError
from dashboards.web.app import create_app
from schemas.market import FeedStatus, StreamState
from schemas.record import Record
from schemas.settings import (
    ClickHouseSettings,
    DeliverySettings,
    NotifyFormat,
    RuleSettings,
    RulesSettings,
    Settings,
    WatchFor,
    WebSettings,
)
from schemas.signals import ActionSignal, BookMetrics, CrossFinding, LargeOrderEvent, Outcome
from schemas.status import PipelineStatus
from tests.support.markets.records import RECEIVED_US, START_MS, as_bytes, order, signal
from tests.support.processing.sink import started_sink
from tests.support.servers.clickhouse_server import unique_database

DEADLINE_S = 30.0
TOPICS = {
    LargeOrderEvent: "signals.large_orders",
    BookMetrics: "signals.book",
    ActionSignal: "signals.actions",
    Outcome: "signals.outcomes",
    FeedStatus: "market.status",
    CrossFinding: "signals.cross",
}
Write = Callable[..., Awaitable[None]]
BODIES = {
    NotifyFormat.JSON: "message",
    NotifyFormat.SLACK: "text",
    NotifyFormat.DISCORD: "content",
    NotifyFormat.TELEGRAM: "text",
}


@pytest.fixture
async def store(chdb_url: str) -> ClickHouseSettings:
    return ClickHouseSettings(url=chdb_url, database=unique_database())


@pytest.fixture
async def write(store: ClickHouseSettings) -> AsyncIterator[Write]:
    sink = await started_sink(store)
    offsets: dict[str, int] = {}

    async def add(*records: Record) -> None:
        for record in records:
            topic = TOPICS[type(record)]
            offset = offsets[topic] = offsets.get(topic, -1) + 1
            await sink.add(topic, 0, offset, as_bytes(record), RECEIVED_US)
        await sink.flush()

    yield add
    await sink.stop()


class Hooks:
    """A receiver of webhooks."""

    def __init__(self) -> None:
        self.bodies: dict[str, list[dict[str, Any]]] = {}
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        self.bodies.setdefault(request.match_info["name"], []).append(await request.json())
        return web.Response(status=204)


@pytest.fixture
async def hooks() -> AsyncIterator[Hooks]:
    hooks = Hooks()
    app = web.Application()
    app.router.add_post("/{name}", hooks.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hooks.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield hooks
    await runner.cleanup()


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[ClientSession]:
    async def pipeline_status() -> PipelineStatus:
        return PipelineStatus()

    runner = web.AppRunner(create_app(settings, pipeline_status))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with ClientSession(f"http://127.0.0.1:{runner.addresses[0][1]}") as session:
        yield session
    await runner.cleanup()


def own(store: ClickHouseSettings, *rules: RuleSettings, **alerts: Any) -> Settings:
    return Settings(clickhouse=store, alerts=RulesSettings(rules=rules, poll_s=0.1, **alerts))


def second(number: int, mid: float = 60_100.0) -> Record:
    return signal(BookMetrics, event_time=START_MS + 1_000 * number, event_id=f"b{number}", mid=mid)


async def fired(session: ClientSession) -> list[dict[str, Any]]:
    async with session.get("/api/v1/alerts/fired") as response:
        assert response.status == 200, await response.text()
        found: list[dict[str, Any]] = (await response.json())["firings"]
        return found


async def until(session: ClientSession, count: int) -> list[dict[str, Any]]:
    deadline = time.monotonic() + DEADLINE_S
    while len(found := await fired(session)) < count:
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.05)
    return found


async def begun(session: ClientSession, write: Write) -> None:
    """Wait until the rules watch: seconds are written until an action of one is told."""
    deadline = time.monotonic() + DEADLINE_S
    number = 1
    while not await fired(session):
        assert time.monotonic() < deadline
        number += 1
        name = "MARKUP" if number % 2 else "MARKDOWN"
        at_ms = START_MS + 100 * number
        await write(
            signal(BookMetrics, event_time=at_ms, event_id=f"w{number}", mid=60_200.0),
            signal(ActionSignal, event_time=at_ms, event_id=f"w{number}", final_action=name),
        )
        await asyncio.sleep(0.1)


BEGINS = RuleSettings(name="begins", on=WatchFor.ACTION_CHANGES, cooldown_s=3_600)
RULES = (
    BEGINS,
    RuleSettings(
        name="big bid", on=WatchFor.WALL_APPEARS, min_usd=1e6, channels=tuple(BODIES), sound=True
    ),
    RuleSettings(name="near", on=WatchFor.WALL_APPROACHED, within_bps=10.0),
    RuleSettings(name="gone", on=WatchFor.WALL_PULLED),
)


async def test_rules_fire_on_what_is_written_and_are_told_in_each_form(
    store: ClickHouseSettings, write: Write, hooks: Hooks
) -> None:
    channels = {
        form.value: DeliverySettings(
            url=SecretStr(f"{hooks.url}/{form}"), format=form, telegram_chat="7"
        )
        for form in BODIES
    }
    await write(second(0), order(order_id="old", event_time=START_MS - 5_000))
    async with served(own(store, *RULES, channels=channels)) as session:
        await begun(session, write)
        at_ms = START_MS + 20_000
        await write(
            order(order_id="new", sequence=0, event_time=at_ms, first_seen=at_ms),
            second(20, 60_200.0),
        )
        await until(session, 2)
        await write(
            second(21, 60_040.0),
            order(
                order_id="new", sequence=1, event_time=at_ms + 1_500, first_seen=at_ms,
                kind="closed", state="closed", close_reason="cancelled",
            ),
            second(22, 60_040.0),
        )  # fmt: skip
        found = await until(session, 4)
        # Both were approached at once: the cool-down tells one.
        assert {(one["rule"], one["order_id"]) for one in found if one["order_id"]} == {
            ("big bid", "new"), ("near", "old"), ("gone", "new"),
        }  # fmt: skip
        [told] = [one for one in found if one["rule"] == "big bid"]
        assert told["sound"] is True
        deadline = time.monotonic() + DEADLINE_S
        while len(hooks.bodies) < len(BODIES):
            assert time.monotonic() < deadline, hooks.bodies
            await asyncio.sleep(0.05)
    for form, field in BODIES.items():
        [body] = hooks.bodies[form.value]
        assert "stands" in body[field]
    assert hooks.bodies["telegram"][0]["chat_id"] == "7"
    assert hooks.bodies["json"][0]["rule"] == "big bid"


async def test_a_stream_that_was_up_for_long_is_told_though_its_row_comes_late(
    store: ClickHouseSettings, write: Write
) -> None:
    """Its state is told when it changes alone, and a worker writes it seconds later."""
    now_us = time.time_ns() // 1_000
    up = FeedStatus(
        venue="binance_usdm", symbol="BTCUSDT", stream="btcusdt@depth", state="up",
        event_time=START_MS, received_us=now_us - 3_600_000_000, reason="",
    )  # fmt: skip
    await write(second(0), up)
    feeds = RuleSettings(name="feeds", on=WatchFor.FEED_STATE)
    async with served(own(store, BEGINS, feeds)) as session:
        await begun(session, write)
        down_us = time.time_ns() // 1_000
        await asyncio.sleep(1.0)
        await write(
            up.model_copy(update={"state": StreamState.DOWN, "received_us": down_us}), second(1)
        )
        found = await until(session, 2)
        assert [one["text"] for one in found if one["rule"] == "feeds"] == ["btcusdt@depth is down"]


async def test_a_rule_is_made_judged_and_forgotten_over_the_api(
    store: ClickHouseSettings, write: Write, tmp_path: Path
) -> None:
    await write(second(0))
    file = str(tmp_path / "alerts.sqlite")
    async with served(own(store, BEGINS, file=file)) as session:
        rule = {"on": "wall_pulled", "min_usd": 1e6}
        async with session.put("/api/v1/alerts/rules/pulled%20walls", json=rule) as response:
            assert response.status == 200, await response.text()
            assert (await response.json())["name"] == "pulled walls"
        await begun(session, write)
        [one] = await fired(session)
        path = f"/api/v1/alerts/fired/{one['id']}/mark"
        async with session.put(path, json={"mark": "wrong"}) as response:
            assert response.status == 200
        async with session.get("/api/v1/alerts/rules") as response:
            answer = await response.json()
        by_name = {line["rule"]["name"]: line for line in answer["rules"]}
        assert by_name["begins"]["precision"] == 0.0
        assert by_name["begins"]["is_configured"] is True
        assert by_name["pulled walls"]["precision"] is None
    async with served(own(store, file=file)) as again:
        assert [one["mark"] for one in await fired(again)] == ["wrong"]
        async with again.delete("/api/v1/alerts/rules/pulled%20walls") as response:
            assert response.status == 200
        async with again.delete("/api/v1/alerts/rules/pulled%20walls") as response:
            assert response.status == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("PUT", "rules/mine", {"on": "wall_approached"}, 422, "needs within_bps"),
        ("PUT", "rules/mine", {"on": "nothing"}, 422, "on"),
        ("PUT", "rules/mine", {"on": "wall_pulled", "channels": ["x"]}, 422, "alerts.channels.x"),
        ("PUT", "rules/mine", [], 422, "JSON object"),
        ("PUT", "rules/begins", {"on": "wall_pulled"}, 409, "stands in the settings"),
        ("DELETE", "rules/begins", {}, 409, "stands in the settings"),
        ("PUT", "fired/²/mark", {"mark": "right"}, 404, "unknown alert"),
        ("PUT", "fired/7/mark", {"mark": "right"}, 404, "unknown alert"),
        ("PUT", "fired/x/mark", {"mark": "right"}, 404, "unknown alert"),
        ("PUT", "fired/7/mark", {"mark": "maybe"}, 422, "right"),
        ("POST", "preview", {"on": "wall_pulled", "min_usd": 1e400}, 422, "min_usd"),
        ("POST", "preview?hours=1000", {"on": "wall_pulled"}, 400, "hours"),
    ],
)
async def test_what_is_wrong_is_refused_with_the_reason(
    store: ClickHouseSettings, write: Write, method: str, path: str, body: Any, status: int,
    words: str,
) -> None:  # fmt: skip
    await write(second(0))
    async with served(own(store, BEGINS)) as session:
        headers = {"Content-Type": "application/json"}
        text = json.dumps(body).replace("Infinity", "1e400")
        async with session.request(
            method, f"/api/v1/alerts/{path}", data=text, headers=headers
        ) as response:
            assert (response.status, words in await response.text()) == (status, True)


async def test_changes_are_for_those_who_may(store: ClickHouseSettings, write: Write) -> None:
    await write(second(0))
    rule = {"on": "wall_pulled"}
    async with served(own(store)) as session:
        headers = {"Sec-Fetch-Site": "cross-site"}
        async with session.put("/api/v1/alerts/rules/a", json=rule, headers=headers) as response:
            assert response.status == 403
        async with session.put("/api/v1/alerts/rules/a", data="on=wall_pulled") as response:
            assert response.status == 422
    secret = own(store).model_copy(update={"web": WebSettings(token=SecretStr("secret"))})
    async with served(secret) as session:
        async with session.put("/api/v1/alerts/rules/a", json=rule) as response:
            assert response.status == 401
        headers = {"Authorization": "Bearer secret"}
        async with session.put("/api/v1/alerts/rules/a", json=rule, headers=headers) as response:
            assert response.status == 200


async def test_a_preview_tells_how_often_and_how_good(
    store: ClickHouseSettings, write: Write, tmp_path: Path
) -> None:
    closed = {"kind": "closed", "state": "closed", "close_reason": "cancelled"}
    for number in range(4):
        at_ms = START_MS + number * 100_000
        name = f"o{number}"
        await write(
            second(number * 100),
            order(order_id=name, sequence=0, event_time=at_ms, first_seen=at_ms),
            order(order_id=name, sequence=1, event_time=at_ms + 50, first_seen=at_ms, **closed),
            signal(
                Outcome, event_id=f"{name}#1@60000", event_time=at_ms + 60_050,
                reading_id=f"{name}#1", reading_kind="order_closed", told_at=at_ms + 50,
                horizon_ms=60_000, return_bps=[3.0, -1.0, 1.0, None][number],
                void_reason=None if number < 3 else "book lost",
            ),
        )  # fmt: skip
    await write(second(400))
    rule = RuleSettings(name="gone", on=WatchFor.WALL_PULLED, cooldown_s=0)
    file = tmp_path / "wallwatch.toml"
    file.write_text('[[alerts.rules]]\nname = "gone"\non = "wall_pulled"\ncooldown_s = 0\n')
    async with served(own(store)) as session:
        async with session.post(
            "/api/v1/alerts/preview", json=rule.model_dump(mode="json")
        ) as response:
            answer = await response.json()
            url = str(response.url.origin())
        assert answer["fired"] == 4
        # A day was asked for; the store holds 400 s.
        assert (answer["from_ms"], answer["to_ms"]) == (START_MS, START_MS + 400_000)
        assert answer["per_hour"] == pytest.approx(36)
        assert answer["grades"] == {
            "horizon_ms": 60_000, "graded": 3, "favourable": 2, "mean_bps": 1.0, "void": 1,
            "unread": 0,
        }  # fmt: skip
        arguments = ["preview", "gone", "--last", "1h", "--page", url, "--config", str(file)]
        result = await asyncio.to_thread(
            CliRunner().invoke, command, arguments, catch_exceptions=False
        )
        assert re.match(r"gone: 4 alerts between .* \(36\.0 an hour\)", result.output)
        assert "graded 60 s later: 3; mid had moved the way they read in 2 (67%), +1.00 bps" in (
            result.output
        )
        with pytest.raises(UserError, match="no rule other"):
            await asyncio.to_thread(
                CliRunner().invoke,
                command,
                ["preview", "other", "--page", url],
                catch_exceptions=False,
            )


async def test_a_finding_on_several_markets_and_a_feed_are_previewed(
    store: ClickHouseSettings, write: Write
) -> None:
    state = FeedStatus(
        venue="binance_usdm", symbol="BTCUSDT", stream="btcusdt@depth", state="up",
        event_time=START_MS, received_us=RECEIVED_US - 2_000_000, reason="",
    )  # fmt: skip
    await write(
        second(0),
        signal(CrossFinding, event_time=START_MS + 1_000, kind="copied", stage="opened"),
        state,
        state.model_copy(
            update={"state": StreamState.SILENT, "received_us": RECEIVED_US - 1_000_000}
        ),
        second(5),
    )
    async with served(own(store)) as session:
        for on, words in (("cross_market", "copied: "), ("feed_state", "btcusdt@depth is silent")):
            async with session.post("/api/v1/alerts/preview?hours=1", json={"on": on}) as response:
                answer = await response.json()
            assert answer["fired"] == 1, answer
            # The hour that was asked for, as far as the store goes.
            assert answer["from_ms"] <= answer["newest"][0]["time_ms"] <= answer["to_ms"]
            assert answer["to_ms"] - answer["from_ms"] <= 5_000
            assert answer["newest"][0]["text"].startswith(words)

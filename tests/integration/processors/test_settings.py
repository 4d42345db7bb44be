"""Engine settings changed from the command line while a worker runs."""

import asyncio
import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from compose.cli import cli
from schemas.topics import LARGE_ORDERS, OUTCOMES
from tests.integration.processors.worker_harness import (
    Worker,
    market_logs,
    records,
    send,
    worker_settings,
)
from tests.support.markets.market import START_MS, MarketLog

CHANGE_AT_MS = START_MS + 30_000
"""In the middle of the random markets."""


def wallwatch(*arguments: str) -> str:
    result = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


async def said(broker: str, topic: str, symbol: str) -> dict[str, dict[str, Any]]:
    """Return what a topic says of a symbol by event id; of an event told twice both are alike."""
    found: dict[str, dict[str, Any]] = {}
    for record in await records(broker, topic, 2):
        event = json.loads(record.value)
        event.pop("received_us")
        if event["symbol"] == symbol:
            assert found.setdefault(event["event_id"], event) == event
    return found


async def versions(broker: str) -> dict[str, set[str]]:
    """Return the settings versions of the order events by symbol."""
    found: dict[str, set[str]] = {}
    for record in await records(broker, LARGE_ORDERS.name, 2):
        event = json.loads(record.value)
        found.setdefault(event["symbol"], set()).add(event["settings_version"])
    return found


def change_from(broker: str, *arguments: str) -> str:
    return wallwatch("settings", *arguments, "--brokers", broker)


async def work_through_a_crash(worker: Worker, broker: str, logs: dict[str, MarketLog]) -> None:
    await worker.start()
    await send(broker, logs, 2.0)
    await worker.kill()
    await worker.start()
    await worker.until_idle()
    await worker.stop()


async def test_a_change_holds_for_its_symbol_alone_and_across_a_restart(
    broker: str, worker: Worker, tmp_path: Path
) -> None:
    logs = market_logs()
    change = ("set", "AAA", "classify.impact_ratio=0.5", "--at", str(CHANGE_AT_MS))
    said = await asyncio.to_thread(change_from, broker, *change)
    assert '"impact_ratio": 0.5' in said
    await work_through_a_crash(worker, broker, logs)
    assert (await asyncio.to_thread(change_from, broker, "list")).startswith("AAA")
    found = await versions(broker)
    configured = worker_settings(broker, tmp_path).engine.version
    assert found["AAA"] > {configured}
    assert len(found["AAA"]) == 2
    assert all(found[symbol] == {configured} for symbol in logs if symbol != "AAA")


async def test_suggestions_begin_with_the_amount_and_are_graded_across_a_restart(
    broker: str, worker: Worker
) -> None:
    logs = market_logs()
    walls = ("lifecycle.persistent_ms=1000", "lifecycle.persistent_observations=5")
    risk = ("risk.max_loss_usd=50", "risk.horizon_ms=4000", *walls)
    await asyncio.to_thread(change_from, broker, "set", "AAA", *risk, "--at", str(CHANGE_AT_MS))
    await work_through_a_crash(worker, broker, logs)
    orders = await said(broker, LARGE_ORDERS.name, "AAA")
    suggested = {name: one for name, one in orders.items() if one["suggestion"] is not None}
    assert suggested
    assert all(one["event_time"] >= CHANGE_AT_MS for one in suggested.values())
    assert all(one["suggestion"].startswith("Not advice. ") for one in suggested.values())
    every = await said(broker, OUTCOMES.name, "AAA")
    graded = [one for one in every.values() if "suggestion_id" in one]
    assert graded
    for one in graded:
        told = suggested[one["suggestion_id"]]
        assert one["qty"] == told["suggested_qty"]
        assert told["suggested_loss_usd"] <= one["max_loss_usd"] == 50.0
    for symbol in logs.keys() - {"AAA"}:
        others = await said(broker, LARGE_ORDERS.name, symbol)
        assert all(one["suggestion"] is None for one in others.values())

"""`wallwatch mcp`, asked by the protocol's own client about an embedded store."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from mcp import Client, StdioServerParameters
from mcp_types import TextContent

from dashboards.sql.questions import questions
from dashboards.web.app import create_app
from schemas.settings import ClickHouseSettings, Settings
from schemas.status import PipelineStatus
from tests.support.markets.demo_data import DemoStore, fill
from tests.support.reading.sql_docs import questions as printed_questions
from tests.support.servers.clickhouse_server import unique_database

QUESTIONS = questions()
TOOLS = {
    "list_symbols",
    "read_walls",
    "read_past_walls",
    "order_story",
    "scorecard",
    "sql_questions",
    "sql",
}


@pytest.fixture(scope="module")
def demo(chdb_url: str, engine: None) -> DemoStore:
    """An embedded store with a demo run."""
    return fill(ClickHouseSettings(url=chdb_url, database=unique_database()))


async def pipeline_status() -> PipelineStatus:
    return PipelineStatus(ready=True, lag=0)


@asynccontextmanager
async def page_of(demo: DemoStore) -> AsyncIterator[str]:
    """Serve the page of the store on a free port; yields its address."""
    app = create_app(Settings(clickhouse=demo.settings), pipeline_status)
    runner = web.AppRunner(app, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def started(url: str) -> StdioServerParameters:
    """How an agent starts the command."""
    arguments = ["-P", "-m", "compose.cli", "mcp", "--url", url]
    return StdioServerParameters(command=sys.executable, args=arguments, env=dict(os.environ))


async def ask(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """Return what a tool answers."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert isinstance(result.structured_content, dict)
    return result.structured_content


async def refusal(client: Client, tool: str, **arguments: Any) -> str:
    """Return the words of an error."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


async def test_the_fifteen_questions_are_answered_through_it_alone(demo: DemoStore) -> None:
    printed = {one.number: one for one in printed_questions()}
    async with page_of(demo) as url, Client(started(url)) as client:
        listed = (await ask(client, "sql_questions"))["questions"]
        assert [one["number"] for one in listed] == list(range(1, 16))
        for one in listed:
            answer = await ask(client, "sql", query=one["sql"])
            columns = tuple(column["name"] for column in answer["columns"])
            assert columns == printed[one["number"]].answer_columns, one["title"]
            assert answer["rows"], one["title"]


async def test_an_agent_goes_from_symbols_to_a_walls_story(demo: DemoStore) -> None:
    async with page_of(demo) as url, Client(started(url)) as client:
        tools = (await client.list_tools()).tools
        assert {tool.name for tool in tools} == TOOLS
        assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools)
        assert all(tool.description for tool in tools)
        symbols = (await ask(client, "list_symbols"))["symbols"]
        assert {one["symbol"] for one in symbols} == set(demo.symbols)
        now = await ask(client, "read_walls", symbol="BTCUSDT")
        assert [order for order in now["orders"] if order["state"] != "closed"]
        past = await ask(
            client, "read_past_walls", symbol="BTCUSDT", pulled=True, classification="SPOOF"
        )
        assert {order["classification"] for order in past["orders"]} == {"SPOOF"}
        lure = past["orders"][0]["order_id"]
        story = await ask(client, "order_story", order_id=lure)
        assert story["order"]["order_id"] == lure
        assert story["words"]
        card = await ask(client, "scorecard", symbol="ALL", label="SPOOF")
        assert {(line["symbol"], line["label"]) for line in card["lines"]} == {("ALL", "SPOOF")}


async def test_what_is_refused_is_told_with_the_cure(demo: DemoStore) -> None:
    async with page_of(demo) as url, Client(started(url)) as client:
        assert "BTCUSDT" in await refusal(client, "read_walls", symbol="NOSUCH")
        assert "unknown order" in await refusal(client, "order_story", order_id="none")
        for query in ("DROP TABLE large_orders_rows", "SELECT * FROM url('http://x', CSV)"):
            assert await refusal(client, "sql", query=query)
        assert "leave out FORMAT" in await refusal(client, "sql", query="SELECT 1 FORMAT CSV")
        assert (await ask(client, "sql", query="SELECT 1 AS x"))["rows"] == [[1]]
    async with Client(started("http://127.0.0.1:9")) as client:
        assert "start `wallwatch up`" in await refusal(client, "list_symbols")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--url", "localhost"], "expected http(s)://HOST:PORT"), ([], "address is missing")],
)
async def test_a_wrong_address_is_one_line(arguments: list[str], words: str) -> None:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "compose.cli", "mcp", *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await child.communicate()
    assert (child.returncode, out) == (1, b"")
    assert err.startswith(b"wallwatch: ")
    assert err.count(b"\n") == 1
    assert words in err.decode()

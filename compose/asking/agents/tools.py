"""The tools of `wallwatch mcp`: each is one question to the page's HTTP API."""

from __future__ import annotations

from collections.abc import Awaitable
from importlib.metadata import version
from typing import Annotated, Any, Final, Literal

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field

from schemas.client.errors import ClientError
from schemas.client.page import PageApi
from schemas.signals import Classification, CloseReason, ReadingKind, Side

INSTRUCTIONS: Final = """\
wallwatch follows large resting orders ("walls") in the order books of crypto perpetuals and tells \
a defence from a lure from a sweep. Times are the venue's clock in ms since the epoch (UTC), money \
is in USD, quantities are in base currency. Begin with list_symbols. A symbol whose state is stale \
shows figures of its now_ms, not of now. For anything that no other tool answers use sql: \
sql_questions gives fifteen queries to begin with, `SHOW TABLES` the views, \
`DESCRIBE TABLE large_orders` the unit of each column. How far a class can be trusted is in \
scorecard; nothing here is advice."""
READS: Final = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)

Symbol = Annotated[str, Field(description="Symbol as of list_symbols, for example BTCUSDT")]
Venue = Annotated[
    str | None, Field(description="Venue as of list_symbols; needed where several list the symbol")
]


def server(page: PageApi) -> MCPServer[Any]:
    """Return a server whose tools ask `page`; what it refuses is an error in its own words."""
    made: MCPServer[Any] = MCPServer(
        "wallwatch", instructions=INSTRUCTIONS, version=version("wallwatch"), log_level="WARNING"
    )

    @made.tool(annotations=READS)
    async def list_symbols() -> dict[str, Any]:
        """The symbols that are followed, with their venue and whether each is live."""
        return await _told(page.get("symbols", {}))

    @made.tool(annotations=READS)
    async def read_walls(symbol: Symbol, venue: Venue = None) -> dict[str, Any]:
        """The walls of a symbol that stand now, each with class, size and evidence; what they add
        up to (final_action), CVD and open interest."""
        return await _told(page.get("large-orders/detect", {"symbol": symbol, "venue": venue}))

    @made.tool(annotations=READS)
    async def read_past_walls(
        symbol: Symbol,
        venue: Venue = None,
        from_ms: Annotated[
            int | None, Field(description="Ended at or after; default: an hour before to_ms")
        ] = None,
        to_ms: Annotated[
            int | None, Field(description="Ended at or before; default: market time now")
        ] = None,
        state: Annotated[
            Literal["open", "closed"] | None, Field(description="Only open or closed ones")
        ] = None,
        side: Annotated[Side | None, Field(description="Only one side of the book")] = None,
        classification: Annotated[
            Classification | None, Field(description="Only one class")
        ] = None,
        close_reason: Annotated[
            CloseReason | None, Field(description="Only those that ended so")
        ] = None,
        pulled: Annotated[
            bool | None,
            Field(description="true: cancelled or shrunk below the exit line; false: the others"),
        ] = None,
        min_impact: Annotated[float, Field(description="Smallest peak impact ratio")] = 0.0,
        limit: Annotated[int, Field(description="Most walls")] = 50,
    ) -> dict[str, Any]:
        """Walls of a symbol by when they ended, the newest first: how large, how long, how much of
        each was traded and how much cancelled, and its class."""
        asked = {
            "symbol": symbol,
            "venue": venue,
            "from_ms": from_ms,
            "to_ms": to_ms,
            "state": state,
            "side": side,
            "classification": classification,
            "close_reason": close_reason,
            "pulled": pulled,
            "min_impact": min_impact,
            "limit": limit,
        }
        return await _told(page.get("large-orders/history", asked))

    @made.tool(annotations=READS)
    async def order_story(
        order_id: Annotated[str, Field(description="order_id of a wall")],
    ) -> dict[str, Any]:
        """What happened to one wall, in words, and the evidence for its class."""
        return await _told(page.get("large-orders/order", {"order_id": order_id}))

    @made.tool(annotations=READS)
    async def scorecard(
        symbol: Annotated[
            str | None, Field(description="Symbol, or ALL for all together; default: every line")
        ] = None,
        kind: Annotated[ReadingKind | None, Field(description="Only one kind of reading")] = None,
        label: Annotated[str | None, Field(description="Only one class or action")] = None,
        horizon_ms: Annotated[
            int | None, Field(description="Only this time after the reading, ms")
        ] = None,
        hours: Annotated[int | None, Field(description="How far back, hours")] = None,
    ) -> dict[str, Any]:
        """What the price did after each kind of reading, against controls: effect in bps,
        confidence interval, verdict."""
        asked = {
            "symbol": symbol,
            "kind": kind,
            "label": label,
            "horizon_ms": horizon_ms,
            "hours": hours,
        }
        return await _told(page.get("proof", asked))

    @made.tool(annotations=READS)
    async def sql_questions() -> dict[str, Any]:
        """Fifteen questions about walls, flow, readings and the feed, each with its query."""
        return await _told(page.get("sql/questions", {}))

    @made.tool(annotations=READS)
    async def sql(
        query: Annotated[
            str, Field(description="One ClickHouse statement that reads, without FORMAT")
        ],
    ) -> dict[str, Any]:
        """The answer to a query over the store: columns and at most 1,000 rows."""
        return await _told(page.post("sql", {"query": query}))

    return made


async def _told(answer: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    """Return the answer; a ClientError becomes an error that the agent reads."""
    try:
        return await answer
    except ClientError as error:
        raise ToolError(str(error)) from None

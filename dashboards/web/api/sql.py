"""SQL from the page: one statement that reads, answered as columns and rows."""

from __future__ import annotations

import json
from typing import Any, Final, Protocol

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from dashboards.sql.address import sql_address
from dashboards.sql.engine import ReadOnlyEngine, SqlAnswer, SqlQuestion
from dashboards.sql.errors import SqlError
from dashboards.sql.questions import questions
from dashboards.sql.server_source import ServerSource
from dashboards.sql.statement import checked
from dashboards.web.api.routes import Route
from dashboards.web.http import json_response
from schemas.clickhouse.connect import CHDB_PREFIX
from schemas.settings import Settings

MOST_ROWS: Final = 1_000
LIMITS: Final = {"max_execution_time": "20"}


class SqlSource(Protocol):
    """Whoever answers SQL."""

    async def ask(self, question: SqlQuestion) -> SqlAnswer:
        """Return the answer. Raises SqlError."""

    async def close(self) -> None:
        """End what is running."""


class SqlRequest(BaseModel):
    """The body of a POST."""

    model_config = ConfigDict(extra="forbid")

    query: str
    """One statement that reads, without FORMAT."""


class SqlApi:
    """`/api/v1/sql`: the questions, and an answer to any."""

    def __init__(self, settings: Settings) -> None:
        is_embedded = settings.clickhouse.url.startswith(CHDB_PREFIX)
        self._address = sql_address(settings)
        self._source: SqlSource = (
            ReadOnlyEngine(settings) if is_embedded else ServerSource(settings)
        )

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/api/v1/sql/questions", self.questions, "Fifteen questions with their queries"),
            Route(
                "/api/v1/sql",
                self.ask,
                "The answer to a query",
                method="POST",
                body=SqlRequest,
                example={"query": "SELECT symbol, count() FROM large_orders GROUP BY symbol"},
                errors=(400,),
            ),
        ]

    async def close(self, _: web.Application) -> None:
        """End what is running."""
        await self._source.close()

    async def questions(self, _: web.Request) -> web.Response:
        """The questions of docs/sql.md, and where clients of ClickHouse may ask their own."""
        listed = [{"number": one.number, "title": one.title, "sql": one.sql} for one in questions()]
        return json_response({"questions": listed, "address": self._address})

    async def ask(self, request: web.Request) -> web.Response:
        """Columns and rows, at most MOST_ROWS of them."""
        try:
            query = SqlRequest.model_validate_json(await request.read()).query
            statement = checked(query)
            if statement.format is not None:
                return json_response({"error": "leave out FORMAT: the page draws a table"}, 400)
            answer = await self._source.ask(
                SqlQuestion(statement, format="JSONCompact", settings=LIMITS)
            )
        except ValidationError:
            return json_response({"error": 'expected {"query": "SELECT ..."}'}, 400)
        except SqlError as error:
            return json_response({"error": str(error), "code": error.code}, error.status)
        document: dict[str, Any] = json.loads(answer.body)
        rows = document["data"]
        return json_response(
            {
                "columns": document["meta"],
                "rows": rows[:MOST_ROWS],
                "count": len(rows),
                "truncated": len(rows) > MOST_ROWS,
            }
        )

"""The client for asyncio."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, Final, TypeVar

from schemas.client.errors import ClientError
from schemas.client.page import PageApi, page_url
from schemas.client.topics import followed
from schemas.client.views import Chosen, query_of, records, view_of
from schemas.record import Record
from schemas.settings import KafkaSettings
from schemas.signals import LargeOrderEvent

R = TypeVar("R", bound=Record)

WALLS: Final = "large_orders"
"""The view of each order in its newest state."""


class AsyncClient:
    """Reads a running stack: rows through its page, records from its topics."""

    def __init__(self, url: str | None = None, kafka: str | KafkaSettings | None = None) -> None:
        """`url`: the page, http://HOST:PORT. `kafka`: the broker, HOST:PORT, or settings.

        Connects only when asked. Raises ClientError where `url` is no address.
        """
        self._page = None if url is None else PageApi(page_url(url))
        self._kafka = KafkaSettings(brokers=kafka) if isinstance(kafka, str) else kafka

    async def read(
        self,
        model: type[R],
        *,
        symbol: str | None = None,
        venue: str | None = None,
        from_ms: int | None = None,
        to_ms: int | None = None,
        limit: int = 1_000,
    ) -> list[R]:
        """Return the newest stored records of a model, the oldest of them first.

        `from_ms` (from then on) and `to_ms` (before) are event times, ms since the epoch; `limit`
        is 1 to 1,000. Raises ClientError.
        """
        chosen = Chosen(symbol, venue, from_ms, to_ms, limit)
        query = query_of(model, view_of(model), chosen)
        return records(model, await self._ask(query))

    async def walls(
        self, symbol: str | None = None, *, venue: str | None = None, standing: bool = True
    ) -> list[LargeOrderEvent]:
        """Return up to 1,000 large orders in their newest state: those that stand, or the newest
        of all. Raises ClientError."""
        condition = "state != 'closed'" if standing else None
        query = query_of(LargeOrderEvent, WALLS, Chosen(symbol, venue), condition)
        return records(LargeOrderEvent, await self._ask(query))

    async def sql(self, query: str) -> list[dict[str, Any]]:
        """Return up to 1,000 rows of one statement that reads, each by column. Raises
        ClientError."""
        answer = await self._ask(query)
        names = [column["name"] for column in answer["columns"]]
        return [dict(zip(names, row, strict=True)) for row in answer["rows"]]

    def follow(self, *models: type[R], from_start: bool = False) -> AsyncGenerator[R, None]:
        """Give the records of these models as they are published, without end.

        Those of one symbol and model come in their order. `from_start`: everything that the topics
        still hold first. The iterator raises ClientError; close it with `aclose`.
        """
        if self._kafka is None:
            raise ClientError("following needs the broker: kafka='HOST:PORT', as `up` prints it")
        return followed(self._kafka, models, from_start=from_start)

    async def _ask(self, query: str) -> dict[str, Any]:
        if self._page is None:
            raise ClientError("reading needs the page: url='http://HOST:PORT', as `up` prints it")
        return await self._page.post("sql", {"query": query})

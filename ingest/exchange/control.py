"""The exchange's own endpoints: status, the simulated market's true book, fault injection.

No venue has them; they are exempt from faults and weight limits.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from aiohttp import web

from ingest.errors import UNREADABLE
from ingest.exchange.errors import ExchangeError
from ingest.exchange.faults.base import FaultStage
from ingest.exchange.faults.injector import Injector
from ingest.exchange.faults.scenario import parse_scenario

STATUS_PATH = "/_exchange/status"
BOOK_PATH = "/_exchange/book"
FAULTS_PATH = "/_exchange/faults"
BOOK_INTERVAL_MS = 100
"""The book is shown as it was right after the frames of this interval, so its update id is the
last id of one of them."""


class ControlSide:
    """Serves tests and drivers on the same loopback port."""

    def __init__(
        self, status: Callable[[], dict[str, Any]], injector: Injector, stage: FaultStage
    ) -> None:
        self._status = status
        self._injector = injector
        self._stage = stage

    def routes(self) -> list[web.RouteDef]:
        """Return the paths."""
        return [
            web.get(STATUS_PATH, self._show_status),
            web.get(BOOK_PATH, self._show_book),
            web.post(FAULTS_PATH, self._inject),
        ]

    async def _show_status(self, request: web.Request) -> web.Response:
        return _json(self._status())

    async def _show_book(self, request: web.Request) -> web.Response:
        market, symbol = self._stage.simulation, request.query.get("symbol", "")
        if market is None or symbol not in market.symbols:
            return _json({"error": f"no simulated market of {symbol or 'no symbol'}"}, 404)
        await market.frame_boundary(symbol, BOOK_INTERVAL_MS)
        return _json(market.book(symbol))

    async def _inject(self, request: web.Request) -> web.Response:
        """Inject the faults of a JSON scenario."""
        try:
            document = msgspec.json.decode(await request.read())
            self._injector.inject(parse_scenario(document, "faults"), self._stage)
        except UNREADABLE as error:
            return _json({"error": f"faults: not JSON: {error}"}, 400)
        except ExchangeError as error:
            return _json({"error": str(error)}, 400)
        return _json({"faults": self._injector.status()})


def _json(document: dict[str, Any], status: int = 200) -> web.Response:
    return web.Response(
        status=status, body=msgspec.json.encode(document), content_type="application/json"
    )

"""What all handlers share: the store, what was read of it, and the pipeline's own status."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from aiohttp import web

from dashboards.large_orders import SymbolState
from dashboards.liveness import SymbolKey
from dashboards.notify.service import Notifier
from dashboards.reader import StoreReader
from dashboards.rules.service import RuleService
from dashboards.web.api.panel_source import PanelSource
from dashboards.web.api.params import BadParameterError, SymbolParams, parse
from dashboards.web.footer import Footer
from dashboards.web.history import HealthHistory
from dashboards.web.snapshot import Snapshots
from schemas.settings import Settings
from schemas.status import PipelineStatus

PIPELINE_TIMEOUT_S: Final = 2.0

S = TypeVar("S", bound=SymbolParams)

StatusSource = Callable[[], Awaitable[PipelineStatus]]
"""Gives how the pipeline is; it may raise what its broker raises."""

log = logging.getLogger(__name__)


class Site:
    """Everything behind the pages."""

    def __init__(self, settings: Settings, pipeline_status: StatusSource) -> None:
        self.settings = settings
        self.reader = StoreReader(settings.clickhouse)
        self.snapshots = Snapshots(self.reader)
        horizons_ms = settings.engine.ledger.horizons_ms
        self.panels = PanelSource(self.reader, self.snapshots, horizons_ms)
        self.pipeline_status = pipeline_status
        self.history = HealthHistory()
        self.notifier = Notifier(settings.notify, self.reader)
        self.rules = RuleService(settings.alerts, self.reader)
        self.impact_threshold = settings.engine.classify.impact_ratio
        self._footer = Footer()

    async def symbol(self, name: str, venue: str | None) -> SymbolState:
        """Return the state of a symbol.

        Raises BadParameterError where it is unknown or trades at several venues.
        """
        snapshot = await self.snapshots.current()
        found = snapshot.find(name, venue)
        if not found:
            at = f" at venue {venue}" if venue else ""
            message = f"unknown symbol {name}{at}"
            raise BadParameterError("symbol", message, snapshot.symbols, status=404)
        if len(found) > 1:
            venues = [state.venue for state in found]
            message = f"{name} trades at several venues: add the parameter venue"
            raise BadParameterError("venue", message, venues)
        return found[0]

    async def symbol_params(self, request: web.Request, model: type[S]) -> S:
        """Return the parameters of a request about a symbol.

        Raises BadParameterError, which lists the known symbols where the symbol is missing.
        """
        try:
            return parse(model, request.query)
        except BadParameterError as error:
            if error.parameter != "symbol":
                raise
            symbols = (await self.snapshots.current()).symbols
            raise BadParameterError("symbol", str(error), symbols, error.status) from None

    async def key(self, name: str, venue: str | None) -> tuple[SymbolKey, int]:
        """Return the key of a symbol and its newest event time, ms. Raises as `symbol` does."""
        state = await self.symbol(name, venue)
        return (state.venue, state.symbol), state.now_ms

    async def status(self) -> PipelineStatus | None:
        """Return the pipeline's status; None if it does not answer."""
        try:
            async with asyncio.timeout(PIPELINE_TIMEOUT_S):
                return await self.pipeline_status()
        except Exception:
            # Whatever the pipeline suffers from, the store is still worth showing.
            log.exception("no pipeline status")
            return None

    async def figures(self) -> dict[str, Any]:
        """Return the few figures of the footer."""
        status = await self.status()
        if status is None:
            return {"error": "the pipeline does not answer"}
        return self._footer.figures(status, time.monotonic())

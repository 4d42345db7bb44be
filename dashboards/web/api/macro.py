"""The risk of a large move of the market, judged by its own past."""

from __future__ import annotations

import asyncio

from aiohttp import web

from dashboards.large_orders import SymbolState
from dashboards.liveness import SymbolKey
from dashboards.macro.macro_risk import MacroRisk, macro_risk, newest_step_ms
from dashboards.web.answers.base import NotLive
from dashboards.web.answers.macro import MacroRiskAnswer
from dashboards.web.api.params import MacroParams, parse
from dashboards.web.api.routes import Route
from dashboards.web.http import json_response
from dashboards.web.site import Site


class MacroApi:
    """Handler of /api/v1/ai/macro-risk. It is made once for each step of five minutes."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._judging = asyncio.Lock()
        self._judged: dict[int, tuple[frozenset[SymbolKey], MacroRisk]] = {}
        """The live symbols and what was said of them, by the hours of the sample."""

    def routes(self) -> list[Route]:
        """Return what is served."""
        return [
            Route(
                "/api/v1/ai/macro-risk",
                self.risk,
                "P(the market moves by 2 sigma within 60 min), once the model has proven skill",
                params=MacroParams,
                answer=MacroRiskAnswer,
            )
        ]

    async def risk(self, request: web.Request) -> web.Response:
        """The probability, or "no skill yet" with the figures."""
        hours, reader = parse(MacroParams, request.query).hours, self._site.reader
        async with self._judging:
            at_ms = await newest_step_ms(reader)
            states = (await self._site.snapshots.current()).states
            live = frozenset(key for key, state in states.items() if state.has_live_book)
            before, risk = self._judged.get(hours, (None, None))
            if risk is None or before != live or risk.at_ms != at_ms:
                risk = await macro_risk(reader, at_ms, hours, live)
                self._judged[hours] = (live, risk)
        not_live = [_not_live(state) for key, state in states.items() if key not in live]
        return json_response(MacroRiskAnswer.of(risk, not_live).model_dump(mode="json"))


def _not_live(state: SymbolState) -> NotLive:
    age = state.liveness
    return NotLive(
        venue=state.venue,
        symbol=state.symbol,
        now_ms=state.now_ms,
        state=age.state,
        stale_ms=age.stale_ms,
        reason=age.reason or "its book waits for a snapshot",
    )

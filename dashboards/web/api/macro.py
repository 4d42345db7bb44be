"""The risk of a large move of the market, judged by its own past."""

from __future__ import annotations

import asyncio

from aiohttp import web

from dashboards.macro.macro_risk import MacroRisk, macro_risk, newest_step_ms
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
        self._judged: dict[int, MacroRisk] = {}
        """By the hours of the sample."""

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
            known = self._judged.get(hours)
            if known is None or known.at_ms != at_ms:
                known = await macro_risk(reader, at_ms, hours)
                self._judged[hours] = known
        return json_response(MacroRiskAnswer.of(known).model_dump(mode="json"))

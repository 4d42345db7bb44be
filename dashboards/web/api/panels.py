"""Panels over HTTP: what they are, and what their SQL answers for a time."""

from __future__ import annotations

from aiohttp import web

from dashboards.panels.definition import definitions
from dashboards.web.answers.panels import PanelAnswer, PanelsAnswer
from dashboards.web.api.params import PanelParams, parse
from dashboards.web.api.routes import Route
from dashboards.web.http import dumps, json_response
from dashboards.web.site import Site


class PanelsApi:
    """Handlers of /api/v1/panels."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._definitions = dumps(definitions())

    def routes(self) -> list[Route]:
        """Return what is served."""
        return [
            Route(
                "/api/v1/panels",
                self.all,
                "Every board and panel: title, question, columns, units, colours, thresholds",
                answer=PanelsAnswer,
            ),
            Route(
                "/api/v1/panels/{key}",
                self.one,
                "What a panel's SQL answers for a time, by column",
                params=PanelParams,
                answer=PanelAnswer,
                errors=(404,),
            ),
        ]

    async def all(self, _: web.Request) -> web.Response:
        """The definitions."""
        return web.json_response(text=self._definitions)

    async def one(self, request: web.Request) -> web.Response:
        """One answer."""
        params = parse(PanelParams, request.query)
        source = self._site.panels
        question = await source.question(request.match_info["key"], params, tail=False)
        snapshot = await self._site.snapshots.current()
        answer = await source.answer(question)
        return json_response({**answer, "not_live": snapshot.not_live(question.symbols)})

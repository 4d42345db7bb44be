"""What became of readings: the scorecard of the stored outcomes."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from dashboards.judgement import Judgement, judged, newest_outcome_ms
from dashboards.macro.breadth import STEP_MS
from dashboards.web.answers.proof import ProofAnswer
from dashboards.web.api.params import ProofParams, parse
from dashboards.web.api.routes import Route
from dashboards.web.http import json_response
from dashboards.web.site import Site

KEPT_S: Final = 30.0


class ProofApi:
    """Handler of /api/v1/proof. A judgement takes seconds: one is made for everybody who asks, and
    again when there are newer outcomes and it is half a minute old."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._judging = asyncio.Lock()
        self._judged: dict[int, _Judged] = {}

    def routes(self) -> list[Route]:
        """Return what is served."""
        return [
            Route(
                "/api/v1/proof",
                self.proof,
                "What became of every reading, against controls: effect, interval, verdict",
                params=ProofParams,
                answer=ProofAnswer,
            )
        ]

    async def proof(self, request: web.Request) -> web.Response:
        """The scorecard. It is judged as a whole; the parameters choose among its lines."""
        params = parse(ProofParams, request.query)
        found = await self._judgement(params.hours)
        answer = ProofAnswer.of(found.card, params.hours, found)
        lines = [
            line
            for line in answer.lines
            if params.symbol in (None, line.symbol)
            and params.venue in (None, line.venue)
            and params.kind in (None, line.kind)
            and params.label in (None, line.label)
            and params.horizon_ms in (None, line.horizon_ms)
        ]
        suggestions = [
            line
            for line in answer.suggestions
            if params.symbol in (None, line.symbol)
            and params.venue in (None, line.venue)
            and params.label in (None, line.label)
        ]
        chosen = answer.model_copy(update={"lines": lines, "suggestions": suggestions})
        return json_response(chosen.model_dump(mode="json"))

    async def _judgement(self, hours: int) -> Judgement:
        async with self._judging:
            known = self._judged.get(hours)
            if known is not None and time.monotonic() - known.at_s < KEPT_S:
                return known.found
            until_ms = await newest_outcome_ms(self._site.reader)
            if known is None or known.until_ms != until_ms:
                fee_bps = self._site.settings.proof.fee_bps
                is_same = known is not None and known.until_ms // STEP_MS == until_ms // STEP_MS
                macro = known.found.macro if known is not None and is_same else None
                found = await judged(self._site.reader, until_ms, hours, fee_bps, macro)
            else:
                found = known.found
            self._judged[hours] = _Judged(until_ms, time.monotonic(), found)
            return found


@dataclass(frozen=True, slots=True)
class _Judged:
    until_ms: int
    at_s: float
    """When it was judged, monotonic."""
    found: Judgement

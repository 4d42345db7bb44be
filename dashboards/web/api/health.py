"""How the pipeline is: its own figures, notifications, and what the page costs."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Any, Final

from aiohttp import web

from dashboards.web.answers.base import AnyObject, StatusWord
from dashboards.web.answers.health import HealthAnswer
from dashboards.web.api.routes import Route
from dashboards.web.history import SAMPLE_S
from dashboards.web.http import json_response
from dashboards.web.site import Site

NEWEST_SAMPLES: Final = 3


class HealthApi:
    """Handlers of /api/v1/health and what belongs to it."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._sampler: asyncio.Task[None] | None = None

    def routes(self) -> list[Route]:
        """Return what is served."""
        return [
            Route("/healthz", self.healthz, "200 while the store answers", answer=StatusWord),
            Route(
                "/api/v1/pipeline/status",
                self.pipeline,
                "The pipeline's report about itself",
                answer=AnyObject,
            ),
            Route(
                "/api/v1/health",
                self.health,
                "The pipeline and its last hour, notifications, and what the page costs",
                answer=HealthAnswer,
            ),
        ]

    async def healthz(self, _: web.Request) -> web.Response:
        """200 while the store answers."""
        await self._site.snapshots.current()
        return json_response({"status": "ok"})

    async def pipeline(self, _: web.Request) -> web.Response:
        """The pipeline's report about itself."""
        return json_response((await self._site.pipeline_status()).model_dump())

    async def health(self, _: web.Request) -> web.Response:
        """Everything about the pipeline, with the last hour."""
        document = await self.view()
        return json_response({**document, "history": self._site.history.columns()})

    async def view(self) -> dict[str, Any]:
        """Return everything about the pipeline, with the newest samples alone."""
        status = await self._site.status()
        ingest = self._site.settings.ingest
        return {
            "pipeline": {"error": "the pipeline does not answer"}
            if status is None
            else status.model_dump(),
            "history": self._site.history.columns(NEWEST_SAMPLES),
            "notifications": self._site.notifier.status(),
            "reader": self._site.reader.figures(),
            "weight_limit": int(ingest.weight_per_minute * ingest.weight_share),
        }

    async def start(self, _: web.Application) -> None:
        """Begin to take samples."""
        self._sampler = asyncio.create_task(self._sample(), name="health-samples")

    async def stop(self, _: web.Application) -> None:
        """Take no more samples."""
        if self._sampler is not None:
            self._sampler.cancel()
            with suppress(asyncio.CancelledError):
                await self._sampler

    async def _sample(self) -> None:
        while True:
            status = await self._site.status()
            if status is not None:
                self._site.history.add(status, round(time.time() * 1_000), time.monotonic())
            await asyncio.sleep(SAMPLE_S)

"""The worker process: engines, store and web page in one event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

from aiohttp import web as aiohttp_web

from processors.errors import WorkerError
from processors.faust_app.worker_name import refuse_taken_name
from processors.ops.serving import serving
from processors.ops.status_routes import add_status_routes, status_app
from processors.ops.vitals import Vitals
from processors.pipeline import Pipeline
from schemas.kafka.admin import check_topics
from schemas.kafka.errors import TopicError
from schemas.settings import Settings
from schemas.status import PipelineStatus

Status = Callable[[], Awaitable[PipelineStatus]]
WebFactory = Callable[[Settings, Status], aiohttp_web.Application]
"""Makes the page and the HTTP API, given the settings and where to read the pipeline's status."""
SqlFactory = Callable[[Settings], aiohttp_web.Application]
"""Makes what answers SQL to the embedded store."""
SQL_HOST: Final = "127.0.0.1"
"""Nobody is asked for a password, so nobody from elsewhere is answered."""


async def run_worker(
    settings: Settings,
    stop: asyncio.Event,
    ready: Callable[[dict[str, Any]], None],
    web: WebFactory | None,
    sql: SqlFactory | None = None,
) -> dict[str, Any]:
    """Run until `stop` is set and return the report.

    `ready` is called once partitions are assigned and states are restored. Raises WorkerError when
    the worker cannot start or cannot go on; started again, it continues where it was.
    """
    try:
        # Faust would create a missing topic with its own defaults.
        await check_topics(settings.kafka)
    except TopicError as error:
        raise WorkerError(str(error)) from error
    await refuse_taken_name(settings)
    pipeline = Pipeline(settings)
    try:
        async with _servers(settings, pipeline.vitals, web, sql) as facts:
            if await _until(pipeline.start(), stop):
                ready(facts)
                await _until(pipeline.run(), stop)
            return await pipeline.report()
    finally:
        await pipeline.stop()


@asynccontextmanager
async def _servers(
    settings: Settings, vitals: Vitals, web: WebFactory | None, sql: SqlFactory | None
) -> AsyncIterator[dict[str, Any]]:
    """Serve metrics and page for the length of the block; gives their addresses."""
    async with AsyncExitStack() as stack:
        own, page = settings.worker, settings.web
        metrics_url = await stack.enter_async_context(
            serving(status_app(vitals), own.metrics_host, own.metrics_port, "worker.metrics_port")
        )
        facts: dict[str, Any] = {"metrics_url": f"{metrics_url}/metrics"}
        if web is not None:
            app = web(settings, vitals.status)
            add_status_routes(app, vitals)
            facts["url"] = await stack.enter_async_context(
                serving(app, page.host, page.port, "web.port")
            )
        if sql is not None:
            facts["sql_url"] = await stack.enter_async_context(
                serving(sql(settings), SQL_HOST, settings.sql.port, "sql.port", cancelling=True)
            )
        yield facts


async def _until(work: Awaitable[None], stop: asyncio.Event) -> bool:
    """Run `work` until it ends (True) or `stop` is set (False). Its exception is raised."""
    task = asyncio.ensure_future(work)
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
            return True
        return False
    finally:
        stopped.cancel()
        task.cancel()
        await asyncio.gather(task, stopped, return_exceptions=True)

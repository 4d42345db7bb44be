"""The worker process: engines, store and web page in one event loop."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from aiohttp import web as aiohttp_web

from processors.errors import WorkerError
from processors.pipeline import Pipeline
from processors.topics import check_topics
from schemas.settings import Settings, WebSettings

Status = Callable[[], Awaitable[dict[str, Any]]]
WebFactory = Callable[[Settings, Status], aiohttp_web.Application]
"""Makes the page and the HTTP API, given the settings and where to read the pipeline's status."""

LIBRARY_LEVELS: Final = {
    # Two modules of ours subclass Faust services, which log under the module's name.
    **dict.fromkeys(("faust", "mode", "processors.app", "processors.transport"), logging.ERROR),
    # It tells of every try while a broker is away; the pipeline tells that once.
    "aiokafka": logging.CRITICAL,
}
WEB_STOP_S: Final = 0.5


async def run_worker(
    settings: Settings,
    stop: asyncio.Event,
    ready: Callable[[dict[str, Any]], None],
    web: WebFactory | None,
) -> dict[str, Any]:
    """Run until `stop` is set and return the report.

    `ready` is called once partitions are assigned and states are restored. Raises WorkerError when
    the worker cannot start or cannot go on; started again, it continues where it was.
    """
    for name, level in LIBRARY_LEVELS.items():
        logging.getLogger(name).setLevel(level)
    await check_topics(settings.kafka)
    with tempfile.TemporaryDirectory(prefix="wallwatch-faust-") as folder:
        pipeline = Pipeline(settings, Path(folder))
        runner: aiohttp_web.AppRunner | None = None
        try:
            facts: dict[str, Any] = {}
            if web is not None:
                runner = aiohttp_web.AppRunner(
                    web(settings, pipeline.status), access_log=None, shutdown_timeout=WEB_STOP_S
                )
                facts["url"] = await _serve(runner, settings.web)
            if await _until(pipeline.start(), stop):
                ready(facts)
                await _until(pipeline.run(), stop)
            return await pipeline.report()
        finally:
            if runner is not None:
                await runner.cleanup()
            await pipeline.stop()


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


async def _serve(runner: aiohttp_web.AppRunner, settings: WebSettings) -> str:
    """Start the page and return its address. Raises WorkerError when the port is taken."""
    await runner.setup()
    site = aiohttp_web.TCPSite(runner, settings.host, settings.port)
    try:
        await site.start()
    except OSError as error:
        raise WorkerError(
            f"the page cannot listen on {settings.host}:{settings.port} ({error.strerror}): "
            "set web.port to a free port, or to 0"
        ) from error
    host, port = runner.addresses[0][:2]
    return f"http://{host}:{port}"

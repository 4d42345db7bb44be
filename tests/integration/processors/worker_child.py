"""The worker as a process for tests: settings from the environment, the status over HTTP."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from compose.logs import quiet_libraries
from compose.service import run_service
from processors.errors import WorkerError
from processors.worker import run_worker
from schemas.clickhouse.errors import StoreError
from schemas.settings import Settings, load_settings
from schemas.status import PipelineStatus


def status_page(
    _settings: Settings, status: Callable[[], Awaitable[PipelineStatus]]
) -> web.Application:
    """Serve nothing but the status."""

    async def answer(_: web.Request) -> web.Response:
        return web.json_response((await status()).model_dump())

    app = web.Application()
    app.router.add_get("/status", answer)
    return app


if __name__ == "__main__":
    quiet_libraries()
    run_service(
        lambda stop, ready: run_worker(load_settings(), stop, ready, status_page),
        expected=(WorkerError, StoreError),
    )

"""`wallwatch web`: the live pages and the HTTP API without an engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click
from aiohttp import web

from compose.control.web_settings import app_with_control
from compose.errors import UserError
from compose.options import config_option, section_flags
from compose.service import run_service
from compose.stack.pipeline_reports import WorkerReports
from schemas.clickhouse.connect import CHDB_PREFIX, connect
from schemas.clickhouse.errors import StoreError
from schemas.settings import Settings, load_settings

SHUTDOWN_S: Final = 1.0


@click.command("web")
@config_option
@click.option(
    "--clickhouse", metavar="http(s)://HOST:PORT", help="The store; a read-only user suffices."
)
@click.option("--port", type=int, help="Port of the page; 0: a free one.")
@click.option(
    "--worker",
    metavar="HOST:PORT",
    default="127.0.0.1:8080",
    show_default=True,
    help="A worker's page; every address that the name resolves to is queried.",
)
def command(*, config: Path | None, clickhouse: str | None, port: int | None, worker: str) -> None:
    """Serve the pages and the API of a cluster: reads ClickHouse, queries the workers' status.

    \b
    wallwatch web --clickhouse http://clickhouse:8123 --worker worker:8080 --port 8080
    """
    settings = load_settings(
        config, section_flags(clickhouse={"url": clickhouse}, web={"port": port})
    )
    if settings.clickhouse.url.startswith(CHDB_PREFIX):
        raise UserError(
            "web needs a ClickHouse server: an embedded store belongs to its worker, which serves "
            "the page itself"
        )
    reports = WorkerReports(worker)
    run_service(lambda stop, ready: _run(settings, reports, stop, ready), expected=(StoreError,))


async def _run(
    settings: Settings,
    reports: WorkerReports,
    stop: asyncio.Event,
    ready: Callable[[dict[str, Any]], None],
) -> dict[str, Any]:
    client = await asyncio.to_thread(connect, settings.clickhouse)
    client.close()
    runner = web.AppRunner(
        app_with_control(settings, reports.read), access_log=None, shutdown_timeout=SHUTDOWN_S
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.web.host, settings.web.port)
        try:
            await site.start()
        except OSError as error:
            raise UserError(
                f"port {settings.web.port} on {settings.web.host} cannot be used "
                f"({error.strerror}): set web.port to a free port, or to 0"
            ) from None
        url = f"http://{settings.web.host}:{runner.addresses[0][1]}"
        ready({"url": url})
        await stop.wait()
    finally:
        await runner.cleanup()
    return {"url": url}

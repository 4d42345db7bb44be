"""Serves an aiohttp application on a port."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from processors.errors import WorkerError

SHUTDOWN_S: Final = 0.5


@asynccontextmanager
async def serving(
    app: web.Application, host: str, port: int, setting: str, *, cancelling: bool = False
) -> AsyncIterator[str]:
    """Serve for the length of the block; gives the address.

    With `cancelling` a request whose client went away is cancelled. Raises WorkerError, which names
    the `setting` of the port, when the port is taken.
    """
    runner = web.AppRunner(
        app, access_log=None, shutdown_timeout=SHUTDOWN_S, handler_cancellation=cancelling
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            raise WorkerError(
                f"the worker cannot listen on {host}:{port} ({error.strerror}): "
                f"set {setting} to a free port, or to 0"
            ) from error
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()

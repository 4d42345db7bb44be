"""Runs one service as a process: signals, logging, one ready line, one report line."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import click
import uvloop

from compose.collector import settle
from compose.errors import UserError
from compose.logs import write_log

Ready = Callable[[dict[str, Any]], None]
ServiceBody = Callable[[asyncio.Event, Ready], Awaitable[dict[str, Any]]]


def run_service(body: ServiceBody, expected: tuple[type[Exception], ...]) -> None:
    """Run `body` until it returns or SIGTERM or SIGINT sets its stop event.

    stdout gets one JSON line {"ready": true, ...} and at the end one JSON line: the report, or
    {"error": ...}. Raises UserError for an exception of the `expected` types.
    """
    write_log()
    explained: tuple[type[Exception], ...] = (*expected, UserError)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            report = runner.run(_until_stopped(body))
    except explained as error:
        message = " ".join(str(error).split())
        _write_line({"error": message})
        raise UserError(message) from None
    _write_line(report)


async def _until_stopped(body: ServiceBody) -> dict[str, Any]:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def ready(facts: dict[str, Any]) -> None:
        settle()
        _write_line({"ready": True, **facts})

    return await body(stop, ready)


def _write_line(document: dict[str, Any]) -> None:
    click.echo(json.dumps(document))
    sys.stdout.flush()

"""Runs the exchange: one loopback port for WebSocket and REST."""

import asyncio
import socket
import time
from collections.abc import Callable
from typing import Any

import psutil
from aiohttp import web

from ingest.exchange.capture.playback import Playback
from ingest.exchange.config import ExchangeConfig, Mode
from ingest.exchange.control import ControlSide
from ingest.exchange.errors import ExchangeError
from ingest.exchange.faults import Faults
from ingest.exchange.faults.base import FaultStage
from ingest.exchange.faults.injector import Injector
from ingest.exchange.hub import CLOSE_GOING_AWAY, Hub
from ingest.exchange.market.simulation import Simulation
from ingest.exchange.rest import RestSide
from ingest.exchange.source import Source
from ingest.exchange.websocket import WebSocketSide
from ingest.exchange.weights import WeightLedger

SEND_BUFFER_BYTES = 256 * 1024
"""Send buffer of a client socket, bytes; the OS default of megabytes would hide a slow client."""
_SHUTDOWN_S = 1.0


async def run_exchange(
    config: ExchangeConfig,
    stop: asyncio.Event,
    ready: Callable[[dict[str, Any]], None],
    faults: Faults | None = None,
) -> dict[str, Any]:
    """Serve until `stop` is set and return the final status.

    At the end of a capture connections are closed with code 4001; REST and the status page stay
    up. Raises ExchangeError if the port, the file or the symbols cannot be used.
    """
    market = _source(config)
    source: Source = market
    simulation = market if isinstance(market, Simulation) else None
    hub = Hub(config.dialect)
    ledger = WeightLedger(
        config.weight_limit, config.ban_after, config.ban_s, time.time, config.weight_window_s
    )
    injector = Injector(faults)
    stage = FaultStage(hub, ledger, source, simulation, config.dialect)

    def status() -> dict[str, Any]:
        return {**_status(config, hub, ledger, source), "faults": injector.status()}

    app = web.Application()
    app.add_routes(WebSocketSide(config, hub, source, injector).routes())
    app.add_routes(RestSide(config, source, ledger, injector).routes())
    app.add_routes(ControlSide(status, injector, stage).routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_S)
    await runner.setup()
    try:
        port = await _listen(runner, config)
        if config.faults is not None:
            injector.inject(config.faults, stage)
        running = asyncio.create_task(source.run(hub))
        stopping = asyncio.create_task(stop.wait())
        try:
            address = f"127.0.0.1:{port}"
            ready(
                {
                    "ready": True,
                    "websocket_url": f"ws://{address}",
                    "rest_url": f"http://{address}",
                    "mode": config.mode.value,
                    "symbols": list(source.symbols),
                    "notices": list(source.notices) if isinstance(source, Playback) else [],
                }
            )
            await asyncio.wait((running, stopping), return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
            await stopping
        finally:
            running.cancel()
            stopping.cancel()
            await asyncio.gather(running, stopping, return_exceptions=True)
            await injector.close()
            await hub.close_all(CLOSE_GOING_AWAY, "exchange stops")
        return status()
    finally:
        await runner.cleanup()


def _source(config: ExchangeConfig) -> Playback | Simulation:
    if config.mode is Mode.SIMULATE:
        return Simulation(config)
    return Playback(config)


async def _listen(runner: web.AppRunner, config: ExchangeConfig) -> int:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        listener.bind((config.host, config.port))
    except OSError as error:
        listener.close()
        raise ExchangeError(
            f"exchange: port {config.port} on {config.host} cannot be used ({error.strerror}); "
            "choose another or 0 for a free one"
        ) from None
    port: int = listener.getsockname()[1]
    await web.SockSite(runner, listener).start()
    return port


def _status(
    config: ExchangeConfig, hub: Hub, ledger: WeightLedger, source: Source
) -> dict[str, Any]:
    return {
        "mode": config.mode.value,
        "finished": source.finished,
        "now_ms": source.now_ms,
        "symbols": list(source.symbols),
        "frames_sent": dict(sorted(hub.sent.items())),
        "frames_sent_total": hub.sent.total(),
        "rest": {
            path: {"calls": use.calls, "weight": use.weight}
            for path, use in sorted(ledger.paths.items())
        },
        "max_weight_1m": ledger.max_weight_1m,
        "http_429": ledger.http_429,
        "http_418": ledger.http_418,
        "connections": len(hub.clients),
        "connections_total": hub.connections_total,
        "closed_slow": hub.closed_slow,
        "rss_mb": round(psutil.Process().memory_info().rss / 1e6, 1),
        "source": source.status(),
    }

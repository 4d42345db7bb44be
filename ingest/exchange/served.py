"""One venue of the exchange on a loopback port of its own: its sockets, requests and limits."""

import socket
import time
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
from ingest.exchange.market.coin import Coins
from ingest.exchange.market.simulation import Simulation
from ingest.exchange.rest import RestSide
from ingest.exchange.source import Source
from ingest.exchange.websocket import WebSocketSide
from ingest.exchange.weights import WeightLedger

SEND_BUFFER_BYTES = 256 * 1024
"""Send buffer of a client socket, bytes; the OS default of megabytes would hide a slow client."""
_SHUTDOWN_S = 1.0


class ServedVenue:
    """A market with everything between it and its clients."""

    def __init__(
        self,
        config: ExchangeConfig,
        faults: Faults | None = None,
        coins: Coins | None = None,
        ledger: WeightLedger | None = None,
    ) -> None:
        """`coins` and `ledger`: those that are shared with other venues of this exchange.

        Raises ExchangeError for a file or symbols that cannot be used.
        """
        self._config = config
        market = Simulation(config, coins) if config.mode is Mode.SIMULATE else Playback(config)
        self.source: Source = market
        self.simulation = market if isinstance(market, Simulation) else None
        if config.dialect.is_streamed and self.simulation is None:
            raise ExchangeError(f"exchange venue: captures of {config.venue} cannot be played yet")
        first_frame = _nothing if self.simulation is None else self.simulation.first_frame
        self.hub = Hub(config.dialect, first_frame)
        self.ledger = ledger or WeightLedger(
            config.weight_limit, config.ban_after, config.ban_s, time.time, config.weight_window_s
        )
        self._injector = Injector(faults)
        self._stage = FaultStage(
            self.hub, self.ledger, self.source, self.simulation, config.dialect
        )
        self._runner: web.AppRunner | None = None

    async def start(self) -> dict[str, Any]:
        """Listen, begin with the faults and return where the venue is. Raises ExchangeError."""
        config = self._config
        app = web.Application()
        app.add_routes(WebSocketSide(config, self.hub, self.source, self._injector).routes())
        app.add_routes(RestSide(config, self.source, self.ledger, self._injector).routes())
        app.add_routes(ControlSide(self.status, self._injector, self._stage).routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_S)
        await self._runner.setup()
        port = await _listen(self._runner, config)
        if config.faults is not None:
            self._injector.inject(config.faults, self._stage)
        address = f"127.0.0.1:{port}"
        source = self.source
        return {
            "websocket_url": f"ws://{address}",
            "rest_url": f"http://{address}",
            "mode": config.mode.value,
            "symbols": list(source.symbols),
            "notices": list(source.notices) if isinstance(source, Playback) else [],
        }

    async def close(self) -> None:
        """End faults, connections and the listener. Re-raises the error of a fault."""
        if self._runner is None:
            return
        try:
            await self._injector.close()
            await self.hub.close_all(CLOSE_GOING_AWAY, "exchange stops")
        finally:
            await self._runner.cleanup()

    def status(self) -> dict[str, Any]:
        """Return the status page."""
        hub, ledger, source = self.hub, self.ledger, self.source
        return {
            "mode": self._config.mode.value,
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
            "faults": self._injector.status(),
        }


def _nothing(stream: str) -> bytes | None:
    return None


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

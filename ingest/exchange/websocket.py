"""The WebSocket side of the venue's protocol: paths, SUBSCRIBE/UNSUBSCRIBE requests, keep-alive."""

import asyncio
import contextlib
from collections import deque
from math import inf
from typing import Any, Literal

import msgspec
from aiohttp import WSMsgType, web

from ingest.errors import UNREADABLE
from ingest.exchange.client import Client
from ingest.exchange.config import ExchangeConfig
from ingest.exchange.faults import Faults
from ingest.exchange.hub import (
    CLOSE_END_OF_STREAM,
    CLOSE_GOING_AWAY,
    CLOSE_POLICY,
    END_OF_STREAM,
    Hub,
)
from ingest.exchange.source import Source
from ingest.exchange.streamed.protocol import StreamedProtocol
from ingest.exchange.streamed.protocols import PROTOCOLS
from ingest.exchange.streams import ExchangeRoute

MAX_MESSAGE_BYTES = 64 * 1024
CLOSE_NO_DATA = 4004
"""OKX: no data was sent for so long; a client prevents it by pings."""
_RATE_WINDOW_S = 1.0


class _Request(msgspec.Struct):
    method: Literal["SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS"]
    id: int | str | None = None
    params: list[str] = []


class WebSocketSide:
    """Accepts connections and answers the clients' requests."""

    def __init__(self, config: ExchangeConfig, hub: Hub, source: Source, faults: Faults) -> None:
        self._config = config
        self._hub = hub
        self._source = source
        self._faults = faults

    def routes(self) -> list[web.RouteDef]:
        """Return the paths."""
        routes: list[web.RouteDef] = []
        if (protocol := PROTOCOLS.get(self._config.venue)) is not None:
            handler = self._handler(ExchangeRoute.STREAMED, wrapped=False)
            routes.append(web.get(protocol.path, handler))
        for prefix, route in self._config.dialect.roots.items():
            raw, wrapped = self._handler(route, wrapped=False), self._handler(route, wrapped=True)
            routes.append(web.get(f"{prefix}/ws", raw))
            routes.append(web.get(f"{prefix}/ws/{{streams:.*}}", raw))
            routes.append(web.get(f"{prefix}/stream", wrapped))
        return routes

    def _handler(self, route: ExchangeRoute, wrapped: bool) -> Any:
        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._serve(request, route, wrapped)

        return handle

    async def _serve(
        self, request: web.Request, route: ExchangeRoute, wrapped: bool
    ) -> web.StreamResponse:
        if (refusal := self._faults.refusal()) is not None:
            return web.Response(status=refusal.status, body=refusal.body)
        listed = request.query.get("streams", "") if wrapped else request.match_info.get("streams")
        streams = [name for name in (listed or "").split("/") if name]
        if len(streams) > self._config.streams_per_connection:
            return web.Response(status=400, text="too many streams")
        socket = web.WebSocketResponse(
            autoping=False, compress=False, max_msg_size=MAX_MESSAGE_BYTES
        )
        if not socket.can_prepare(request):
            return web.Response(status=426, text="this path is for WebSocket connections")
        try:
            await socket.prepare(request)
        except ConnectionError:
            # The client left during the handshake; nobody receives this answer.
            return web.Response(status=400)
        client = Client(
            number=self._hub.connections_total + 1,
            route=route,
            wrapped=wrapped,
            socket=socket,
            transport=request.transport,
            capacity=self._config.queue_frames,
            faults=self._faults,
            sent=self._hub.sent,
        )
        self._hub.add(client)
        protocol = PROTOCOLS.get(self._config.venue)
        connection = (
            _Connection(self._config, self._hub, client, socket)
            if protocol is None
            else _StreamedConnection(self._config, self._hub, client, socket, protocol)
        )
        try:
            for stream in streams:
                self._hub.subscribe(client, stream)
            if self._source.finished:
                client.close(CLOSE_END_OF_STREAM, END_OF_STREAM)
            await connection.run()
        finally:
            self._hub.remove(client)
            await client.end()
        return socket


class _Connection:
    """The receiving side of one connection."""

    def __init__(
        self, config: ExchangeConfig, hub: Hub, client: Client, socket: web.WebSocketResponse
    ) -> None:
        self._config = config
        self._hub = hub
        self._client = client
        self._socket = socket
        self._clock = asyncio.get_running_loop().time
        self._inbound: deque[float] = deque(maxlen=config.messages_per_s + 1)
        self._last_pong_s = self._clock()

    async def run(self) -> None:
        """Read until the connection ends, enforcing the venue's keep-alive rules."""
        alive = asyncio.create_task(self._keep_alive())
        try:
            async for message in self._socket:
                if self._too_many():
                    self._client.close(CLOSE_POLICY, "too many requests")
                elif message.type is WSMsgType.PING:
                    self._client.pong(message.data)
                elif message.type is WSMsgType.PONG:
                    self._last_pong_s = self._clock()
                elif message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    await self._answer(message.data)
        except ConnectionError:
            # The client left while it was being answered.
            return
        finally:
            alive.cancel()
            await asyncio.gather(alive, return_exceptions=True)

    def _too_many(self) -> bool:
        now = self._clock()
        self._inbound.append(now)
        full = len(self._inbound) == self._inbound.maxlen
        return full and now - self._inbound[0] < _RATE_WINDOW_S

    async def _answer(self, text: str | bytes) -> None:
        try:
            request = msgspec.json.decode(text, type=_Request)
        except UNREADABLE as error:
            await self._reply({"error": {"code": 2, "msg": f"Invalid request: {error}"}})
            return
        result: list[str] | None = None
        client = self._client
        if request.method == "LIST_SUBSCRIPTIONS":
            result = list(client.streams)
        elif request.method == "SUBSCRIBE":
            wanted = dict.fromkeys((*client.streams, *request.params))
            limit = self._config.streams_per_connection
            if len(wanted) > limit:
                message = f"Invalid request: more than {limit} streams"
                await self._reply({"error": {"code": 2, "msg": message}, "id": request.id})
                return
        # Acknowledge first: the answer comes before the first frame of a new stream.
        await self._reply({"result": result, "id": request.id})
        for stream in request.params:
            if request.method == "SUBSCRIBE":
                self._hub.subscribe(client, stream)
            elif request.method == "UNSUBSCRIBE":
                self._hub.unsubscribe(client, stream)

    async def _reply(self, document: dict[str, Any]) -> None:
        await self._client.reply(msgspec.json.encode(document))

    async def _keep_alive(self) -> None:
        config = self._config
        end_s = self._clock() + config.connection_lifetime_s
        ping_s = self._clock() + config.ping_interval_s
        with contextlib.suppress(ConnectionError):
            while (now := self._clock()) < end_s:
                silent_s = self._last_pong_s + config.pong_timeout_s
                if now >= silent_s:
                    self._client.close(CLOSE_POLICY, "no pong")
                    return
                quiet_s = self._client.sent_s + (config.silence_s or inf)
                if now >= quiet_s:
                    reason = f"No data received in {config.silence_s:g}s."
                    self._client.close(CLOSE_NO_DATA, reason)
                    return
                if now >= ping_s:
                    await self._client.ping()
                    ping_s += config.ping_interval_s
                due_s = min(end_s, ping_s, silent_s, quiet_s)
                await asyncio.sleep(max(0.0, due_s - self._clock()))
            self._client.close(CLOSE_GOING_AWAY, "connection lifetime")


class _StreamedConnection(_Connection):
    """One connection of a venue whose books come on the stream."""

    def __init__(
        self,
        config: ExchangeConfig,
        hub: Hub,
        client: Client,
        socket: web.WebSocketResponse,
        protocol: StreamedProtocol,
    ) -> None:
        super().__init__(config, hub, client, socket)
        self._protocol = protocol

    async def _answer(self, text: str | bytes) -> None:
        raw = text.encode() if isinstance(text, str) else text
        request = self._protocol.understood(raw)
        # Answers come before the first frame of a new stream.
        for reply in request.replies:
            await self._client.reply(reply)
        for stream in request.unsubscribe:
            self._hub.unsubscribe(self._client, stream)
        for stream in request.subscribe:
            self._hub.subscribe(self._client, stream)

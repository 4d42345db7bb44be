"""The doctor's checks of the servers that a stack would use."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import aiohttp

from compose.brokers.base import BrokerError
from compose.brokers.external import ExternalBroker
from compose.doctor.finding import Finding, fail, ok, warn
from ingest.errors import FrameError
from ingest.venues.registry import venue_of
from schemas.clickhouse.connect import connect
from schemas.clickhouse.errors import StoreError
from schemas.http.proxy import proxy_of
from schemas.settings import ClickHouseSettings, IngestSettings, KafkaSettings, SettingsError

REQUEST_TIMEOUT_S: Final = 5.0
CLOCK_SKEW_WARN_MS: Final = 1_000


async def check_broker(address: str, kafka: KafkaSettings) -> Finding:
    """Check that somebody's broker answers. Raises UsageError for what is no address."""
    try:
        return ok("broker", f"{await ExternalBroker(address, kafka).start()} answers")
    except BrokerError as error:
        return fail("broker", str(error))


async def check_store(settings: ClickHouseSettings) -> Finding:
    """Check that a ClickHouse server answers and takes the user and password."""
    try:
        client = await asyncio.to_thread(connect, settings)
    except StoreError as error:
        return fail("clickhouse", str(error))
    try:
        version = await asyncio.to_thread(client.command, "SELECT version()")
    finally:
        client.close()
    return ok("clickhouse", f"{settings.url} answers, version {version}")


async def check_venue(ingest: IngestSettings) -> list[Finding]:
    """Check that the venue answers, and this machine's clock against the venue's."""
    venue = venue_of(ingest)
    url = ingest.rest_url.rstrip("/") + venue.time_path
    timeout = aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session:
            sent = time.time()
            async with session.get(url, proxy=proxy_of(url)) as response:
                document = await response.read()
            received = time.time()
        venue_ms = venue.parse_time(document)
    except SettingsError as error:
        return [fail("venue", f"{url}: not asked", str(error))]
    except (aiohttp.ClientError, TimeoutError, FrameError) as error:
        reason = str(error) or type(error).__name__
        cure = "check the network and ingest.rest_url; wallwatch up --demo needs no venue"
        return [fail("venue", f"{url}: {reason}", cure)]
    skew_ms = round((sent + received) / 2 * 1_000 - venue_ms)
    return [ok("venue", f"{ingest.rest_url} answers"), _clock(skew_ms)]


def check_proxy(ingest: IngestSettings) -> Finding:
    """Tell through which proxy of the environment the venue is reached."""
    try:
        ways = {
            kind: proxy_of(url)
            for kind, url in (("REST", ingest.rest_url), ("WebSocket", ingest.websocket_url))
        }
    except SettingsError as error:
        return fail("proxy", *str(error).split(": ", 1))
    if not any(ways.values()):
        return ok("proxy", "none: the venue is reached directly")
    told = ", ".join(f"{kind} {_without_password(way)}" for kind, way in ways.items())
    return ok("proxy", f"{told}; loopback is always reached directly")


def _without_password(proxy: str | None) -> str:
    if proxy is None:
        return "directly"
    scheme, _, rest = proxy.rpartition("://")
    return f"through {scheme}://{rest.rpartition('@')[2]}"


def _clock(skew_ms: int) -> Finding:
    fact = f"{skew_ms:+d} ms against the venue"
    if abs(skew_ms) > CLOCK_SKEW_WARN_MS:
        cure = "synchronise the clock (timedatectl set-ntp true); only latency figures are affected"
        return warn("clock", fact, cure)
    return ok("clock", fact)

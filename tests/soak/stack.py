"""Broker, exchange and ingest as processes, with one venue or several."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from compose.brokers.noida import NoidaBroker
from compose.stack.service_child import Ending, ServiceChild
from schemas.kafka.admin import ensure_topics
from schemas.settings import IngestSettings, KafkaSettings, Settings, VenueName, markets_of
from tests.support.ingesting.faults import HIT, OTHER, PARTITIONS, SPEED, Rig
from tests.support.ingesting.topic_log import TopicLog
from tests.support.servers.exchange import Running

START_S = 180.0
"""Ingest waits for every venue; on a machine that has other things to do as well."""
SNAPSHOT_TIMEOUT_S = 10.0
JOURNAL_STEPS = 3_000
COINS = ("BTC", "ETH")


@asynccontextmanager
async def stack(
    folder: Path, seed: int, venues: tuple[VenueName, ...] = ()
) -> AsyncIterator[tuple[list[Rig], dict[str, ServiceChild]]]:
    """Run the processes, with logs and data in `folder`; give a rig for each of the `venues`.

    Where none is named it is USD-M, SPEED times as fast as the clock.
    """
    broker = NoidaBroker(folder / "broker", folder)
    address = await broker.start()
    children: dict[str, ServiceChild] = {}
    reading: asyncio.Task[None] | None = None
    try:
        kafka = KafkaSettings(
            brokers=address,
            partitions=PARTITIONS,
            retention_bytes=4 << 20,
            segment_bytes=1 << 20,
        )
        await ensure_topics(kafka)
        markets = markets_of(COINS, venues) or {"binance_usdm": (HIT, OTHER)}
        arguments = ["--seed", str(seed), "--journal", str(JOURNAL_STEPS)]
        if venues:
            named = [f"{venue}:{symbol}" for venue, own in markets.items() for symbol in own]
            arguments += ["--markets", ",".join(named)]
        else:
            arguments += ["--symbols", f"{HIT},{OTHER}", "--speed", str(SPEED)]
        exchange = ServiceChild("exchange", arguments, Settings(kafka=kafka), folder, folder)
        children["exchange"] = exchange
        facts = await exchange.start(START_S)
        told: dict[VenueName, dict[str, Any]] = (
            facts["venues"] if venues else {"binance_usdm": facts}
        )
        settings = Settings(kafka=kafka, ingest=_ingest(folder, told, bool(venues)))
        log, started, stop = TopicLog(), asyncio.Event(), asyncio.Event()
        logs = {venue: log.of_venue(venue) for venue in told}
        reading = asyncio.create_task(log.read(address, started))
        await asyncio.wait_for(started.wait(), START_S)
        ingest = children["ingest"] = ServiceChild("ingest", [], settings, folder, folder)
        await ingest.start(START_S)
        reports = asyncio.create_task(_report(ingest))
        async with aiohttp.ClientSession() as session:
            ended = asyncio.create_task(_report(exchange))
            yield (
                [
                    Rig(
                        Running(told[venue], session, ended),
                        logs[venue],
                        reports,
                        reading,
                        stop,
                        (markets[venue][0], markets[venue][1]),
                    )
                    for venue in told
                ],
                children,
            )
        await ingest.stop(START_S)
        await exchange.stop(START_S)
        await asyncio.wait((reports, ended))
    finally:
        for child in reversed(children.values()):
            await child.stop(START_S)
        if reading is not None:
            reading.cancel()
            await asyncio.wait((reading,))
        await broker.stop()


def _ingest(
    folder: Path, told: dict[VenueName, dict[str, Any]], are_several: bool
) -> IngestSettings:
    """Return the settings of the ingest that reads what the exchange has told of its venues."""
    common = {
        "silence_s": 5.0,
        "snapshot_timeout_s": SNAPSHOT_TIMEOUT_S,
        "state_dir": folder / "state",
    }
    addresses = {
        venue: {name: facts[name] for name in ("websocket_url", "rest_url")}
        for venue, facts in told.items()
    }
    if are_several:
        markets = {venue: tuple(facts["symbols"]) for venue, facts in told.items()}
        own: dict[str, Any] = {"markets": markets, "venue_settings": addresses}
    else:
        (urls,) = addresses.values()
        own = {"symbols": (HIT, OTHER), "smart_money_symbols": (), **urls}
    return IngestSettings(**common, **own)


async def _report(child: ServiceChild) -> dict[str, Any]:
    ending: Ending = await child.ended()
    if not ending.is_clean:
        raise AssertionError(ending.describe())
    return ending.report

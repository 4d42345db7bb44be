"""Runs the exchange: each venue that it serves has a loopback port for WebSocket and REST."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any

from ingest.exchange.config import ExchangeConfig
from ingest.exchange.errors import ExchangeError
from ingest.exchange.faults import Faults
from ingest.exchange.market.coin import Coins
from ingest.exchange.market.simulation import keep_pace
from ingest.exchange.served import ServedVenue

Ready = Callable[[dict[str, Any]], None]


async def run_exchange(
    config: ExchangeConfig, stop: asyncio.Event, ready: Ready, faults: Faults | None = None
) -> dict[str, Any]:
    """Serve one venue until `stop` is set and return the final status.

    At the end of a capture connections are closed with code 4001; REST and the status page stay
    up. Raises ExchangeError if the port, the file or the symbols cannot be used.
    """
    venue = ServedVenue(config, faults)
    try:
        told = await venue.start()
        running = asyncio.create_task(venue.source.run(venue.hub))
        await _until(stop, running, lambda: ready({"ready": True, **told}))
        return venue.status()
    finally:
        await venue.close()


async def run_exchanges(
    configs: Sequence[ExchangeConfig], stop: asyncio.Event, ready: Ready
) -> dict[str, Any]:
    """Serve simulated markets of several venues, whose coins have one price, until `stop` is set.

    All have the start, the seed and the speed of the first. `ready` gets what
    `run_exchange` tells of each, by venue; so does the returned status. Raises ExchangeError.
    """
    first = configs[0]
    # Not each the clock's own second: the next one may begin while the books are built.
    common = {
        "start_ms": int(time.time() * 1_000) if first.start_ms is None else first.start_ms,
        "seed": first.seed,
        "speed": first.speed,
    }
    configs = [config.model_copy(update=common) for config in configs]
    coins = Coins(first.seed)
    # The price of a coin is that of its first market, so the venue that leads is built first.
    ordered = sorted(configs, key=lambda config: config.dialect.lag_ms)
    venues: dict[str, ServedVenue] = {}
    for config in ordered:
        shared = venues.get(config.dialect.counts_with or "")
        ledger = None if shared is None else shared.ledger
        venues[config.venue] = ServedVenue(config, coins=coins, ledger=ledger)
    simulations = [venue.simulation for venue in venues.values()]
    served = [(s, v.hub) for s, v in zip(simulations, venues.values(), strict=True) if s]
    if len(served) < len(venues) or len(venues) < len(configs):
        raise ExchangeError("exchange: several venues are simulated together, each of them once")
    clock = served[0][0]

    def tick() -> None:
        coins.step(clock.now_ms)
        for simulation, hub in served:
            simulation.tick(hub)

    try:
        told = {config.venue: await venues[config.venue].start() for config in configs}
        running = asyncio.create_task(keep_pace(clock.speed, tick))
        await _until(stop, running, lambda: ready({"ready": True, "venues": told}))
        return {"venues": {name: venue.status() for name, venue in venues.items()}}
    finally:
        for venue in venues.values():
            await venue.close()


async def play_captures(
    configs: Sequence[ExchangeConfig], stop: asyncio.Event, ready: Ready
) -> dict[str, Any]:
    """Play captures of several venues at once until `stop` is set, each as `run_exchange` would.

    `ready` gets what that tells of each, by venue; so does the returned status. Raises
    ExchangeError.
    """
    venues = {config.venue: ServedVenue(config) for config in configs}
    try:
        told = {name: await venue.start() for name, venue in venues.items()}
        played = (venue.source.run(venue.hub) for venue in venues.values())
        running = asyncio.create_task(_together(played))
        await _until(stop, running, lambda: ready({"ready": True, "venues": told}))
        return {"venues": {name: venue.status() for name, venue in venues.items()}}
    finally:
        for venue in venues.values():
            await venue.close()


async def _together(works: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Return when all have; raise the first error, whatever the others do."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _until(
    stop: asyncio.Event, running: "asyncio.Task[None]", started: Callable[[], None]
) -> None:
    """Tell that everything runs and wait for `stop`. Re-raises the error of the market."""
    stopping = asyncio.create_task(stop.wait())
    try:
        started()
        await asyncio.wait((running, stopping), return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
        await stopping
    finally:
        running.cancel()
        stopping.cancel()
        await asyncio.gather(running, stopping, return_exceptions=True)

"""Two venues in a whole stack, one of which is killed, away while ingest starts anew, and back: the
other goes on, and the rows of both are those that the engine makes of the log."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from compose.brokers.probe import free_port
from compose.stack.service_child import WALLWATCH
from schemas.market import BookReset, ResetReason
from schemas.topics import DEPTH, OPEN_INTEREST, TRADES
from tests.e2e.matrix.log_rows import assert_the_rows_of_the_log
from tests.e2e.matrix.test_not_trading import STEP_S, Stack
from tests.e2e.matrix.test_stack import Table, stored
from tests.e2e.stack import clean_environment, wallwatch_up
from tests.support.ingesting.service import PARTITIONS, TopicReader

STAYS: Final = ("binance_usdm", "BTCUSDT")
KILLED: Final = ("bybit_linear", "ETHUSDT")


@dataclass
class Seen:
    """What was left."""

    log: list[Any] = field(default_factory=list)
    rows: dict[str, Table] = field(default_factory=dict)


@contextmanager
def exchange(market: tuple[str, str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Serve one symbol of a venue until it is killed, or to the end of the block."""
    venue, symbol = market
    words = [*WALLWATCH, "exchange", "--venue", venue, "--symbols", symbol, "--port", str(port)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, env=clean_environment())
    try:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["ready"]
        yield process
    finally:
        process.kill()
        process.wait(10)


def lived_through(folder: Path) -> Seen:
    ports = {market: free_port() for market in (STAYS, KILLED)}
    addresses = {
        venue: {
            "rest_url": f"http://127.0.0.1:{port}",
            "websocket_url": f"ws://127.0.0.1:{port}",
        }
        for (venue, _), port in ports.items()
    }
    metrics_port = free_port()
    settings = {
        "INGEST__VENUE_SETTINGS": json.dumps(addresses),
        "INGEST__STATE_DIR": str(folder),
        "INGEST__METRICS_PORT": str(metrics_port),
        "KAFKA__PARTITIONS": str(PARTITIONS),
    }
    markets = ",".join(":".join(market) for market in ports)
    words = ("--live", "--markets", markets, "--data-dir", "data")
    with exchange(STAYS, ports[STAYS]), wallwatch_up(*words, cwd=folder, **settings) as up:
        with exchange(KILLED, ports[KILLED]) as killed:
            page = up.page(STEP_S)
            address = re.search(r"broker: .* at (\S+)", up.said)
            assert address is not None
            stack = Stack(up, page, f"http://127.0.0.1:{metrics_port}/metrics", address[1])
            stack.goes_on(STAYS[1], KILLED[1])
            killed.send_signal(signal.SIGKILL)
            stack.stops(KILLED[1])
            stack.goes_on(STAYS[1])
        stack.kill_ingest()
        stack.goes_on(STAYS[1])
        with exchange(KILLED, ports[KILLED]):
            stack.goes_on(STAYS[1], KILLED[1])
            seen = Seen(asyncio.run(log_of(stack.broker)))
            up.interrupt()
    seen.rows = stored(folder / "data" / "store")
    return seen


async def log_of(broker: str) -> list[Any]:
    async with TopicReader(broker, DEPTH, TRADES, OPEN_INTEREST) as reader:
        await reader.to_the_end()
        return [one for values in reader.values.values() for one in values]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """Live through it once."""
    return lived_through(tmp_path_factory.mktemp("venue-away"))


@pytest.mark.parametrize("market", [STAYS, KILLED], ids=["stays", "killed"])
def test_each_venue_has_the_rows_that_the_log_gives(seen: Seen, market: tuple[str, str]) -> None:
    found = assert_the_rows_of_the_log(seen.log, seen.rows, *market)
    books = [row for row in found.values() if row["table"] == "book_1s" and row["is_valid"]]
    assert books


def test_the_killed_venue_has_books_before_and_after(seen: Seen) -> None:
    lost_ms = min(reset.event_time for reset in losses(seen.log, KILLED[0]))
    times_ms = [
        row["event_time"]
        for row in seen.rows["book_1s"].values()
        if (row["venue"], row["symbol"]) == KILLED and row["is_valid"]
    ]
    assert min(times_ms) < lost_ms < max(times_ms)


def test_the_book_of_the_other_venue_was_never_lost(seen: Seen) -> None:
    assert losses(seen.log, STAYS[0]) == []
    assert losses(seen.log, KILLED[0]) != []


def losses(log: list[Any], venue: str) -> list[BookReset]:
    """Return the resets of a venue's books but those of a start."""
    return [
        one
        for one in log
        if isinstance(one, BookReset) and one.venue == venue and one.reason is not ResetReason.START
    ]

"""A symbol that does not trade, in a whole stack: at the start, while it runs, and after ingest was
killed with -9. The others go on, and their rows are those that the engine makes of the log."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from compose.brokers.probe import free_port
from compose.stack.service_child import WALLWATCH
from ingest.exchange.config import ExchangeConfig
from schemas.clock import wall_ms
from schemas.topics import DEPTH, OPEN_INTEREST, TRADES
from tests.e2e.matrix.log_rows import assert_the_rows_of_the_log
from tests.e2e.matrix.market import HIT, OTHERS
from tests.e2e.matrix.test_stack import Table, counters_of, stored
from tests.e2e.stack import RunningStack, clean_environment, get_json, until, wallwatch_up
from tests.support.ingesting.service import PARTITIONS, TopicReader
from tests.support.servers.exchange import Running, running

SETTLING: Final = {"faults": [{"kind": "delist", "symbol": HIT}]}
BACK: Final = {"faults": [{"kind": "list", "symbol": HIT}]}
STEP_S: Final = 60.0
GOES_ON_MS: Final = 3_000


@dataclass
class Seen:
    """What was seen at each step, and what was left."""

    listed: dict[str, str] = field(default_factory=dict)
    """What `wallwatch watch list` said of the symbol, by step."""
    streams: dict[str, list[str]] = field(default_factory=dict)
    """The states of the symbol's own stream in the API, newest last, by step."""
    waiting: dict[str, float] = field(default_factory=dict)
    """The counter of symbols that wait, by step."""
    log: list[Any] = field(default_factory=list)
    rows: dict[str, Table] = field(default_factory=dict)


class Stack:
    """The stack under test and what one looks at."""

    def __init__(self, up: RunningStack, page: str, metrics: str, broker: str) -> None:
        self._up, self._page, self._metrics, self.broker = up, page, metrics, broker

    def newest(self, symbol: str) -> int:
        """Return the newest time at which a symbol was live with a valid book, ms; 0: never."""
        for entry in get_json(f"{self._page}/api/v1/large-orders/status")["symbols"]:
            if entry["symbol"] == symbol and entry["state"] == "live":
                return int(entry["now_ms"]) if entry["context"]["book_is_valid"] else 0
        return 0

    def goes_on(self, *symbols: str) -> None:
        """Wait until the symbols are live and have moved on."""
        before = {symbol: self.newest(symbol) for symbol in symbols}
        until(
            lambda: all(self.newest(one) > before[one] + GOES_ON_MS for one in symbols),
            STEP_S,
            lambda: self._up.said[-2_000:],
        )

    def stops(self, symbol: str) -> None:
        """Wait until a symbol is not live."""
        until(lambda: not self.newest(symbol), STEP_S, lambda: self._up.said[-2_000:])

    def kill_ingest(self) -> None:
        """Kill ingest with -9 and wait until it is started again."""
        child = self._up.child("ingest")
        child.send_signal(signal.SIGKILL)
        child.wait(10)
        until(lambda: self._running_again(child.pid), STEP_S, lambda: self._up.said[-2_000:])

    def look(self, step: str, seen: Seen) -> None:
        """Note what is told of the symbol."""
        words = [*WALLWATCH, "watch", "list", "--brokers", self.broker]
        environment = clean_environment() | {
            "WALLWATCH_INGEST__SYMBOLS": json.dumps([*OTHERS, HIT])
        }
        said = subprocess.run(
            words, check=True, timeout=60, capture_output=True, text=True, env=environment
        ).stdout
        seen.listed[step] = next(line for line in said.splitlines() if line.startswith(HIT))
        seen.streams[step] = self._states()
        seen.waiting[step] = counters_of(self._metrics)["wallwatch_ingest_symbols_waiting"]

    def _states(self) -> list[str]:
        answer = get_json(
            f"{self._page}/api/v1/panels/health.stream_history?symbol={HIT}&venue=binance_usdm"
            f"&from_ms={wall_ms() - 600_000}&to_ms={wall_ms()}"
        )["columns"]
        own = f"{HIT} {HIT.lower()}"
        found = zip(answer["stream"], answer["state"], strict=True)
        return [state for stream, state in found if stream == own]

    def _running_again(self, old_pid: int) -> bool:
        try:
            return self._up.child("ingest").pid != old_pid and bool(counters_of(self._metrics))
        except AssertionError:
            return False


async def scenes(exchange: Running, stack: Stack, seen: Seen) -> None:
    """Live through the bad days of one symbol."""

    async def venue_says(faults: dict[str, Any]) -> None:
        url = exchange.ready["rest_url"] + "/_exchange/faults"
        async with exchange.session.post(url, json=faults) as answer:
            assert answer.status == 200, await answer.text()

    async def then(step: str, *live: str) -> None:
        await asyncio.to_thread(stack.goes_on, *live)
        await asyncio.to_thread(stack.look, step, seen)

    await then("settling at the start", *OTHERS)
    await asyncio.to_thread(stack.kill_ingest)
    await then("settling, killed", *OTHERS)
    await venue_says(BACK)
    await then("trades", *OTHERS, HIT)
    await venue_says(SETTLING)
    await asyncio.to_thread(stack.stops, HIT)
    await then("delisted", *OTHERS)
    await asyncio.to_thread(stack.kill_ingest)
    await then("delisted, killed", *OTHERS)


async def lived_through(folder: Path) -> Seen:
    seen, port = Seen(), free_port()
    async with running(ExchangeConfig(symbols=(*OTHERS, HIT))) as exchange:
        async with exchange.session.post(
            exchange.ready["rest_url"] + "/_exchange/faults", json=SETTLING
        ) as answer:
            assert answer.status == 200
        settings = {
            "INGEST__REST_URL": exchange.ready["rest_url"],
            "INGEST__WEBSOCKET_URL": exchange.ready["websocket_url"],
            "INGEST__SMART_MONEY_SYMBOLS": "[]",
            "INGEST__LISTING_INTERVAL_S": "1",
            "INGEST__STATE_DIR": str(folder),
            "INGEST__METRICS_PORT": str(port),
            "KAFKA__PARTITIONS": str(PARTITIONS),
        }
        named = ",".join((*OTHERS, HIT))
        words = ("--live", "--symbols", named, "--data-dir", "data")
        with wallwatch_up(*words, cwd=folder, **settings) as up:
            page = await asyncio.to_thread(up.page, STEP_S)
            address = re.search(r"broker: .* at (\S+)", up.said)
            assert address is not None
            metrics = f"http://127.0.0.1:{port}/metrics"
            stack = Stack(up, page, metrics, address[1])
            await scenes(exchange, stack, seen)
            async with TopicReader(stack.broker, DEPTH, TRADES, OPEN_INTEREST) as reader:
                await reader.to_the_end()
                seen.log = [one for values in reader.values.values() for one in values]
            await asyncio.to_thread(up.interrupt)
    seen.rows = await asyncio.to_thread(stored, folder / "data" / "store")
    return seen


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """Live through it once."""
    return asyncio.run(lived_through(tmp_path_factory.mktemp("not-trading")))


WAITS = ["settling at the start", "settling, killed", "delisted", "delisted, killed"]


@pytest.mark.parametrize("step", WAITS)
def test_that_it_does_not_trade_is_told(seen: Seen, step: str) -> None:
    assert "not followed" in seen.listed[step]
    assert "(status SETTLING)" in seen.listed[step]
    assert seen.streams[step][-1] == "down"
    assert seen.waiting[step] == 1


def test_it_is_followed_as_soon_as_it_trades(seen: Seen) -> None:
    assert "not followed" not in seen.listed["trades"]
    assert seen.streams["trades"][-1] == "up"
    assert seen.waiting["trades"] == 0


@pytest.mark.parametrize("symbol", OTHERS)
def test_the_others_have_the_rows_that_the_log_gives(seen: Seen, symbol: str) -> None:
    found = assert_the_rows_of_the_log(seen.log, seen.rows, "binance_usdm", symbol)
    assert sum(one["table"] == "book_1s" and one["is_valid"] for one in found.values()) > 20

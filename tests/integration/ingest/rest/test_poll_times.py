"""A poll of open interest whose stated time cannot be true: refused with the reason, and neither
its symbol nor a neighbour waits for that time."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from ingest.exchange.config import ExchangeConfig
from ingest.exchange.faults import NoFaults, RestCall, RestReply
from schemas.control import DeadLetter
from schemas.kafka.admin import ensure_topics
from schemas.market import DepthDiff, FeedStatus, OpenInterest, StreamState, Trades
from schemas.topics import DEAD_LETTERS, DEPTH, OPEN_INTEREST, STATUS, TRADES
from tests.support.ingesting.service import TopicReader, broker, ingesting, settings_for
from tests.support.servers.exchange import running

__all__ = ["broker"]

HIT, OTHER = "ETHUSDT", "BTCUSDT"
HOUR_MS = 3_600_000
INTERVAL_S = 0.3

TIMES: dict[str, tuple[Callable[[int], int], str]] = {
    "an hour ahead": (lambda ms: ms + HOUR_MS, "ahead of the venue's clock"),
    "ten years ahead": (lambda ms: ms + 10 * 365 * 24 * HOUR_MS, "ahead of the venue's clock"),
    "in microseconds": (lambda ms: ms * 1_000, "is not in milliseconds"),
}


class WrongPolls(NoFaults):
    """Changes the time of one symbol's open interest."""

    def __init__(self, change: Callable[[int], int]) -> None:
        self.change: Callable[[int], int] | None = change

    async def rest(self, call: RestCall, reply: RestReply) -> RestReply:
        if self.change is None or call.symbol != HIT or not call.path.endswith("openInterest"):
            return reply
        answer = json.loads(reply.body)
        answer["time"] = self.change(answer["time"])
        return replace(reply, body=json.dumps(answer).encode())


@pytest.mark.parametrize("kind", TIMES)
async def test_a_poll_from_elsewhere_in_time_holds_nothing_up(broker: str, kind: str) -> None:
    change, reason = TIMES[kind]
    faults = WrongPolls(change)
    async with running(ExchangeConfig(symbols=(HIT, OTHER)), faults) as exchange:
        settings = settings_for(
            broker, exchange.ready, symbols=(HIT, OTHER), open_interest_interval_s=INTERVAL_S
        )
        await ensure_topics(settings.kafka)
        topics = (DEPTH, TRADES, OPEN_INTEREST, STATUS, DEAD_LETTERS)
        async with ingesting(settings), TopicReader(broker, *topics) as reader:
            letters: list[DeadLetter] = reader.values[DEAD_LETTERS.name]
            polls: list[OpenInterest] = reader.values[OPEN_INTEREST.name]
            states: list[FeedStatus] = reader.values[STATUS.name]

            def of(name: str, record: type[DepthDiff] | type[Trades], symbol: str) -> int:
                found = reader.values[name]
                return sum(isinstance(r, record) and r.symbol == symbol for r in found)

            await reader.until(lambda: len(letters) > 1)
            seen = {
                symbol: (of(DEPTH.name, DepthDiff, symbol), of(TRADES.name, Trades, symbol))
                for symbol in (HIT, OTHER)
            }
            await reader.until(
                lambda: all(
                    of(DEPTH.name, DepthDiff, s) > diffs + 5 and of(TRADES.name, Trades, s) > packs
                    for s, (diffs, packs) in seen.items()
                )
            )
            await reader.until(lambda: any(poll.symbol == OTHER for poll in polls))
            assert all(f"poll of {HIT}: stated time" in letter.reason for letter in letters)
            assert all(reason in letter.reason for letter in letters)
            assert not any(poll.symbol == HIT for poll in polls)
            own = [s.state for s in states if s.stream == f"{HIT.lower()}@openInterest"]
            assert own[-1] is StreamState.DOWN
            faults.change = None
            await reader.until(lambda: any(poll.symbol == HIT for poll in polls))
            named = max(poll.event_time for poll in polls if poll.symbol == HIT)
            packs: list[Trades] = reader.values[TRADES.name]
            await reader.until(
                lambda: any(p.symbol == HIT and p.open_interest_time >= named for p in packs)
            )

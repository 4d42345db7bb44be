"""Whatever is delivered, repeated, dropped or killed, every record is applied exactly once."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, cast

from faust.types import TP
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.engine.admission import Refusal
from processors.faust_app.checkpoint import Checkpointer
from processors.shell.emitter import EmitError, Emitter
from processors.shell.exact import Cursor, topics_to_hold
from processors.shell.market import MarketShell
from processors.shell.metrics import ShellMetrics
from processors.shell.partition import Partition
from processors.shell.state import StoredStates, SymbolState, decode_state, encode_state
from processors.shell.symbol import Engine, SymbolRunner
from schemas.market import DepthHeartbeat, MarketRecord, OpenInterest, Trades
from schemas.settings import EngineSettings
from schemas.signals import Alert, AlertLevel, Signal
from schemas.signals.pulse import MarketPulse
from schemas.topics import ALERTS, DEPTH, OPEN_INTEREST, TRADES, topic_of_record
from tests.support.processing.shell_reader import Delivered, RecordedReader

VENUE = "v"
TOPICS = (DEPTH.name, TRADES.name, OPEN_INTEREST.name)
PARTITIONS = 2


class KilledError(Exception):
    """The worker was killed here."""


@dataclass
class Log(RecordedReader):
    """The topics of a broker, the reader's positions in them, and the changelog."""

    records: dict[TP, list[Delivered]] = field(
        default_factory=lambda: {TP(t, p): [] for t in TOPICS for p in range(PARTITIONS)}
    )
    position: dict[TP, int] = field(default_factory=dict)
    states: dict[str, bytes] = field(default_factory=dict)
    writes_left: int | None = None
    """After this many more state values the worker is killed; None: it is not."""

    def append(self, topic: str, partition: int, symbol: str) -> None:
        tp = TP(topic, partition)
        offset = len(self.records[tp])
        self.records[tp].append(
            Delivered(topic, offset, f"{VENUE}:{symbol}".encode(), _value(topic, symbol), partition)
        )

    def offsets_of(self, topic: str, partition: int, symbol: str) -> list[int]:
        key = f"{VENUE}:{symbol}".encode()
        return [record.offset for record in self.records[TP(topic, partition)] if record.key == key]

    async def highwaters(self, *partitions: TP) -> Mapping[TP, int]:
        return {tp: len(self.records[tp]) for tp in partitions}

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        self.position.update(partitions)

    def of_partition(self, partition: int) -> StoredStates:
        states = {key: decode_state(key, raw) for key, raw in self.states.items()}
        here = {key: state for key, state in states.items() if state.partition == partition}
        return StoredStates(here, {})

    async def write(self, key: str, state: SymbolState) -> None:
        await asyncio.sleep(0)
        if self.writes_left is not None:
            if self.writes_left == 0:
                raise KilledError
            self.writes_left -= 1
        self.states[key] = encode_state(key, state)


def _value(topic: str, symbol: str) -> bytes:
    common: dict[str, Any] = {"venue": VENUE, "symbol": symbol, "received_us": 1}
    if topic == DEPTH.name:
        return DepthHeartbeat(event_time=1, **common).model_dump_json().encode()
    if topic == TRADES.name:
        return Trades(watermark=1, trades=[], **common).model_dump_json().encode()
    return OpenInterest(event_time=1, open_interest=1.0, **common).model_dump_json().encode()


class PairingEngine:
    """Holds depth back until there is a trade pack for it, and remembers all it applied."""

    def __init__(self, applied: dict[str, list[int]], fed: dict[str, int]) -> None:
        self.applied = applied
        self._next = fed
        self._waiting: dict[str, deque[int]] = {topic: deque() for topic in TOPICS}

    def apply(self, record: MarketRecord, offset: int) -> list[Signal]:
        topic = topic_of_record(record).name
        assert offset >= self._next.get(topic, 0), "a record came twice"
        self._next[topic] = offset + 1
        self._waiting[topic].append(offset)
        depth, trades, polls = (self._waiting[topic] for topic in TOPICS)
        signals: list[Signal] = []
        while depth and trades:
            signals.append(self._take(DEPTH.name, depth.popleft(), record))
            signals.append(self._take(TRADES.name, trades.popleft(), record))
        while polls:
            signals.append(self._take(OPEN_INTEREST.name, polls.popleft(), record))
        return signals

    def change_settings(self, settings: EngineSettings, effective_from: int) -> None:
        """It has none."""

    def _take(self, topic: str, offset: int, record: MarketRecord) -> Signal:
        self.applied[topic].append(offset)
        return Alert(
            venue=record.venue,
            symbol=record.symbol,
            event_id=f"{record.symbol} {topic} {offset}",
            event_time=1,
            received_us=1,
            rule="feed",
            level=AlertLevel.WATCH,
            message="",
            evidence={},
            settings_version="",
        )

    def take_pulses(self) -> list[MarketPulse]:
        return []

    def bookless_at(self) -> int | None:
        return None

    def take_repeated(self) -> int:
        return 0

    def take_refusals(self) -> list[Refusal]:
        return []

    def next_offsets(self) -> dict[str, int]:
        heads = {topic: waiting[0] for topic, waiting in self._waiting.items() if waiting}
        return {**self._next, **heads}

    def pending(self) -> dict[str, int]:
        return {topic: len(waiting) for topic, waiting in self._waiting.items()}

    def dump(self) -> bytes:
        return json.dumps([self.applied, self.next_offsets()]).encode()

    def all_taken(self, topic: str) -> list[int]:
        return [*self.applied[topic], *self._waiting[topic]]


@dataclass
class Engines:
    """The factory; keeps the engines in use by symbol."""

    by_symbol: dict[str, PairingEngine] = field(default_factory=dict)

    def create(self, venue: str, symbol: str) -> Engine:
        engine = self.by_symbol[symbol] = PairingEngine({topic: [] for topic in TOPICS}, {})
        return engine

    def change(self, venue: str, symbol: str, engine: Engine) -> None:
        """Nothing is ever changed here."""

    def load(self, venue: str, symbol: str, state: bytes) -> Engine:
        applied, fed = json.loads(state)
        engine = self.by_symbol[symbol] = PairingEngine(applied, fed)
        return engine


@dataclass
class Outbox:
    """An emitter whose broker takes nothing before a flush, and then only what it wants."""

    fails: bool = False
    under_way: list[str] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)

    def emit(self, topic: str, key: bytes | None, value: bytes) -> None:
        if topic == ALERTS.name:
            self.under_way.append(json.loads(value)["event_id"])

    async def capacity(self) -> None:
        await asyncio.sleep(0)

    async def flush(self) -> None:
        await asyncio.sleep(0)
        if self.fails:
            self.under_way.clear()
            raise EmitError("not acknowledged")
        self.acknowledged.update(self.under_way)
        self.under_way.clear()


class World:
    """A worker at a log, and everything that can go wrong between them."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.outbox = Outbox()
        self.metrics = ShellMetrics()

    async def start(self, obey: bool) -> None:
        """Start a fresh worker; `obey`: the consumer really starts where the state says."""
        self.engines = Engines()
        self.outbox.under_way.clear()
        self.log.writes_left = None
        table = self.log
        emitter = cast("Emitter", self.outbox)
        self.shell = MarketShell(
            self.engines,
            table,
            emitter,
            self.metrics,
            lambda: self.log,
            max_ahead=1_000,
            max_symbols=1_000,
        )
        self.checkpointer = Checkpointer(self.shell, table, emitter, self.metrics)
        positions = await self.shell.resume(frozenset(self.log.records))
        if obey:
            self.log.position.update(positions)

    async def deliver(self, tp: TP, count: int) -> None:
        if tp in self.log.held:
            return
        at = max(self.log.position.get(tp, 0), self.log.begins.get(tp, 0))
        run = self.log.records[tp][at : at + count]
        self.log.position[tp] = at + len(run)
        if run:
            await self.shell.process(tp, run)

    async def checkpoint(self) -> None:
        try:
            await self.checkpointer.write()
        except EmitError:
            self.shell.drop()
            self.log.position.update(await self.shell.resume(frozenset(self.log.records)))

    async def drain(self) -> None:
        """Deliver honestly until everything is taken, as the stall detector would see to."""
        for _ in range(2_000):
            behind = {
                tp: at
                for tp, at in self.shell.positions().items()
                if at < len(self.log.records[tp])
            }
            if not behind:
                return
            for tp in behind:
                await self.deliver(tp, 7)
            reached = self.shell.positions()
            await self.shell.read_again([tp for tp, at in behind.items() if reached[tp] == at])
        raise AssertionError("never came to an end")


def build_log(random: Random, records: int) -> Log:
    log = Log()
    for _ in range(records):
        partition = random.randrange(PARTITIONS)
        symbol = f"S{random.randrange(3)}P{partition}"
        log.append(random.choice(TOPICS), partition, symbol)
    return log


def assert_applied_once(world: World) -> None:
    symbols = {r.key.decode() for run in world.log.records.values() for r in run if r.key}
    for key in symbols:
        symbol = key.partition(":")[2]
        partition = int(symbol[-1])
        for topic in TOPICS:
            expected = world.log.offsets_of(topic, partition, symbol)
            engine = world.engines.by_symbol[symbol]
            assert engine.all_taken(topic) == expected
            signals = {f"{symbol} {topic} {offset}" for offset in engine.applied[topic]}
            assert signals <= world.outbox.acknowledged


@settings(deadline=None)  # Times depend on the machine.
@given(seed=st.integers(0, 2**32), records=st.integers(1, 120), steps=st.integers(0, 80))
def test_every_record_is_applied_once(seed: int, records: int, steps: int) -> None:
    asyncio.run(_run_through_trouble(Random(seed), records, steps))


async def _run_through_trouble(random: Random, records: int, steps: int) -> None:
    world = World(build_log(random, records))
    await world.start(obey=True)
    for _ in range(steps):
        tp = random.choice(sorted(world.log.records))
        match random.randrange(12):
            case 0:
                await world.start(obey=random.random() < 0.5)
            case 1:
                await world.checkpoint()
            case 2:
                world.outbox.fails = True
                await world.checkpoint()
                world.outbox.fails = False
            case 3:
                world.log.position[tp] = random.randint(0, len(world.log.records[tp]))
            case 4:
                # Partitions move away and come back.
                world.shell.drop()
                await world.deliver(tp, 3)
                world.log.position.update(await world.shell.resume(frozenset(world.log.records)))
            case 5:
                await asyncio.gather(world.deliver(tp, 20), world.checkpoint())
            case 6:
                await _kill_while_writing(world, tp, random)
            case _:
                await world.deliver(tp, random.choice((1, 2, 5, 20)))
    await world.drain()
    await world.checkpoint()
    assert_applied_once(world)
    assert world.metrics.lost_records == 0


async def _kill_while_writing(world: World, tp: TP, random: Random) -> None:
    world.log.writes_left = random.randint(0, 6)
    try:
        await world.deliver(tp, 20)
        await world.checkpoint()
    except KilledError:
        await world.start(obey=random.random() < 0.5)
    world.log.writes_left = None


@settings(deadline=None)  # Times depend on the machine.
@given(seed=st.integers(0, 2**32), records=st.integers(1, 120), steps=st.integers(1, 40))
def test_what_retention_deleted_is_counted_and_passed(seed: int, records: int, steps: int) -> None:
    asyncio.run(_run_through_retention(Random(seed), records, steps))


async def _run_through_retention(random: Random, records: int, steps: int) -> None:
    world = World(build_log(random, records))
    await world.start(obey=True)
    for _ in range(steps):
        tp = random.choice(sorted(world.log.records))
        if random.random() < 0.2:
            world.log.begins[tp] = random.randint(
                world.log.begins.get(tp, 0), len(world.log.records[tp])
            )
        await world.deliver(tp, 5)
    await world.drain()
    taken = sum(
        len(engine.all_taken(topic))
        for engine in world.engines.by_symbol.values()
        for topic in TOPICS
    )
    applied = sum(world.metrics.records.values())
    total = sum(len(run) for run in world.log.records.values())
    assert applied + world.metrics.lost_records == total
    # Beyond the records themselves the engines got nothing but book resets for lost depth.
    assert (taken > applied) <= (world.metrics.lost_records > 0)


@given(st.integers(0, 50), st.lists(st.integers(0, 60), unique=True))
def test_a_plan_takes_exactly_what_continues_the_log(expected: int, offsets: list[int]) -> None:
    offsets.sort()
    plan = Cursor(expected).plan(offsets)
    assert all(offset < expected for offset in offsets[: plan.start])
    taken = offsets[plan.start : plan.stop]
    assert taken == list(range(expected, expected + len(taken)))
    rest = offsets[plan.stop :]
    assert (plan.missing is None) == (not rest)
    if plan.missing is not None:
        assert plan.missing == range(expected + len(taken), rest[0])
        assert plan.missing


_pending = st.fixed_dictionaries({topic: st.integers(0, 20) for topic in TOPICS})


@given(st.lists(_pending, max_size=5), st.integers(0, 10))
def test_what_a_symbol_waits_for_is_never_held(pending: list[dict[str, int]], limit: int) -> None:
    held = topics_to_hold(pending, TOPICS, limit)
    for counts in pending:
        if any(counts.values()):
            assert all(counts[topic] for topic in held)
    for topic in held:
        assert any(counts[topic] > limit for counts in pending)


@dataclass(eq=False)
class Waiting:
    """A symbol of which records wait."""

    counts: dict[str, int] = field(default_factory=dict)

    def pending(self) -> dict[str, int]:
        return self.counts


@given(st.lists(st.tuples(st.integers(0, 3), _pending), max_size=20), st.integers(0, 10))
def test_asking_only_those_that_were_fed_tells_what_asking_all_does(
    steps: list[tuple[int, dict[str, int]]], limit: int
) -> None:
    symbols = [Waiting() for _ in range(4)]
    partition = Partition(0, {})
    for number, counts in steps:
        symbols[number].counts = counts
        partition.was_fed(cast("SymbolRunner", symbols[number]))
        is_ahead = any(count > limit for one in symbols for count in one.counts.values())
        assert partition.is_ahead(limit) == is_ahead
        assert is_ahead or not topics_to_hold([one.counts for one in symbols], TOPICS, limit)

"""What every reader of the log does with a record: the same engines, signals, rows."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from pathlib import Path
from typing import Final

from processors.engine.engine import MarketEngine
from processors.sink.sink import ClickHouseSink
from schemas.clock import wall_us
from schemas.control import DeadLetter
from schemas.kafka.value_reader import value_reader
from schemas.market import MarketRecord
from schemas.settings import ClickHouseSettings, Settings
from schemas.topics import ENGINE_INPUTS, TOPIC_OF_SIGNAL

READERS: Final = {topic.name: value_reader(topic) for topic in ENGINE_INPUTS}


class Work:
    """Engines by symbol, and the sink with a store of its own; without checkpoints."""

    def __init__(self, folder: Path) -> None:
        self._store = ClickHouseSettings(url=f"chdb:{folder / 'store'}")
        self._settings = Settings(clickhouse=self._store)
        self._engines: dict[str, MarketEngine] = {}
        self._sink = ClickHouseSink(self._settings, self._refused)
        self._waiting: list[tuple[str, int, bytes]] = []
        self._offsets: Counter[str] = Counter()
        self.records = 0
        self.signals = 0
        self._began_s = 0.0
        self._due_s = 0.0
        """When the rows that wait are as old as a batch may be, on the monotonic clock."""

    async def open(self) -> None:
        """Make the store."""
        await self._sink.start()

    def take(self, topic: str, value: bytes, offset: int) -> list[tuple[str, bytes]]:
        """Apply a record; return the signals that it led to with their topics."""
        if not self.records:
            self._began_s = time.process_time()
        record: MarketRecord = READERS[topic](value)
        engine = self._engines.get(record.symbol)
        if engine is None:
            settings = self._settings.engine_for(record.symbol)
            engine = self._engines[record.symbol] = MarketEngine(
                record.venue, record.symbol, settings
            )
        self.records += 1
        told = []
        for signal in engine.apply(record, offset):
            name, raw = TOPIC_OF_SIGNAL[type(signal)].name, signal.model_dump_json().encode()
            if not self._waiting:
                self._due_s = time.monotonic() + self._store.batch_ms / 1_000
            self._waiting.append((name, self._offsets[name], raw))
            self._offsets[name] += 1
            told.append((name, raw))
        self.signals += len(told)
        return told

    @property
    def is_due(self) -> bool:
        """Whether there is a batch of rows: full, or as old as a worker lets it get."""
        count = len(self._waiting)
        is_full = count >= self._store.batch_rows
        return is_full or (count > 0 and time.monotonic() >= self._due_s)

    async def store(self) -> None:
        """Write the rows that wait."""
        waiting, self._waiting = self._waiting, []
        now_us = wall_us()
        for name, offset, raw in waiting:
            await self._sink.add(name, 0, offset, raw, now_us)
        await self._sink.flush()

    def store_now(self, runner: asyncio.Runner) -> None:
        """Write them from where there is no loop."""
        runner.run(self.store())

    async def close(self) -> None:
        """Store the rest."""
        await self.store()
        await self._sink.stop()

    def result(self) -> dict[str, float]:
        """Return what was done since the first record, and the processor time that it took, s."""
        cpu_s = time.process_time() - self._began_s
        return {"records": self.records, "signals": self.signals, "cpu_s": cpu_s}

    async def _refused(self, letter: DeadLetter) -> None:
        raise RuntimeError(letter.reason)

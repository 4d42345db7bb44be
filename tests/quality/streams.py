"""Injected streams for the tests here, made once."""

from functools import cache

from compose.evaluation.injection.episode import Group
from compose.evaluation.injection.inject import Injected, inject
from compose.evaluation.injection.path import MarketPath
from compose.evaluation.injection.schedule import programme
from compose.evaluation.injection.simulated import simulate
from compose.evaluation.injection.stream import MarketStream
from processors.engine.engine import MarketEngine
from schemas.market import MarketRecord
from schemas.settings import EngineSettings
from schemas.signals import LargeOrderEvent, Signal

SECONDS = 150
SEED = 4


@cache
def market(seed: int = SEED, seconds: int = SECONDS) -> tuple[MarketStream, MarketPath]:
    """A simulated market without actors, and its path."""
    stream = simulate(seed, seconds, actors=False).stream
    return stream, MarketPath(stream)


@cache
def injected(group: Group, seed: int = SEED) -> Injected:
    """The same with the acts of a group."""
    stream, path = market(seed)
    return inject(stream, path, programme(path, group, seed).acts, seed)


def signals_of(
    stream: MarketStream,
    records: tuple[MarketRecord, ...] | None = None,
    settings: EngineSettings | None = None,
) -> list[Signal]:
    """What the engine makes of a stream, or of other records of its symbol."""
    chosen = stream if records is None else stream.with_records(records)
    first = chosen.records[0]
    engine = MarketEngine(first.venue, first.symbol, settings or EngineSettings())
    return [s for record, offset in chosen.with_offsets() for s in engine.apply(record, offset)]


def orders_of(signals: list[Signal]) -> list[LargeOrderEvent]:
    """The events of large orders among signals."""
    return [signal for signal in signals if isinstance(signal, LargeOrderEvent)]

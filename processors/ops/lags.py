"""How far the worker is behind its topics."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import faust
from aiokafka.errors import KafkaError
from faust.exceptions import ConsumerNotStarted
from faust.types import TP

from processors.ops.parts import Parts
from processors.ops.shared_call import SharedCall
from schemas.status import Position, TopicPositions

log = logging.getLogger(__name__)

ANSWER_S: Final = 2.0
"""Longest wait for the broker's offsets; after it lags are unknown."""


class Lags(NamedTuple):
    """Where both halves of the worker stand."""

    topics: TopicPositions
    """Input topics, read by the engines."""
    unacknowledged: int
    """Signals that the broker had not acknowledged between the two."""
    stored: TopicPositions
    """Topics that the store keeps: up to where it has them."""

    @property
    def total(self) -> int:
        """Everything that is not yet read, acknowledged or stored, in records."""
        return total(self.topics) + self.unacknowledged + total(self.stored)


class LagReader:
    """Asks the broker for the ends of the logs."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._asked = SharedCall(self._read)

    async def read(self) -> Lags | None:
        """Return the lags; None while partitions move. Raises LookupError with the reason while
        the broker does not tell.
        """
        try:
            return await self._asked.ask(ANSWER_S)
        except TimeoutError:
            raise LookupError(f"no offsets from Kafka within {ANSWER_S:g} s") from None
        except (KafkaError, ConsumerNotStarted) as error:
            raise LookupError(f"Kafka did not return its offsets: {error!r}") from error

    async def known(self) -> Lags | None:
        """Return the lags; None while they are not known."""
        try:
            return await self.read()
        except LookupError as error:
            log.info("offsets are unavailable, retrying: %s", error)
            return None

    def close(self) -> None:
        """Ask no longer."""
        self._asked.cancel()

    async def _read(self) -> Lags | None:
        parts = self._parts
        # Upstream first: what upstream still had to do would show as lag downstream.
        topics = await _lags_of(parts.market_app, parts.market.positions)
        unacknowledged = parts.emitter.unacknowledged
        stored = await _lags_of(parts.store_app, parts.store.stored_positions)
        if topics is None or stored is None:
            return None
        return Lags(topics, unacknowledged, stored)


async def _lags_of(
    app: faust.App, positions: Callable[[], Mapping[TP, int]]
) -> TopicPositions | None:
    """Return next, end and lag per topic and partition; None while nothing is assigned."""
    assigned = positions()
    if not assigned or app.rebalancing:
        return None
    earliest = await app.consumer.earliest_offsets(*assigned)
    ends = await app.consumer.highwaters(*assigned)
    result: TopicPositions = {}
    reached = positions()
    for tp in sorted(assigned):
        if tp not in reached:
            return None
        end = ends[tp]
        # A partition that was never read stands at 0, which retention may have deleted.
        position = min(max(reached[tp], earliest[tp]), end)
        result.setdefault(tp.topic, {})[str(tp.partition)] = Position(
            next=position, end=end, lag=end - position
        )
    return result


def total(topics: TopicPositions) -> int:
    """Return the lag of all partitions."""
    return sum(place.lag for places in topics.values() for place in places.values())

"""What leaves the market shell: signals, dead letters and words about a stream; all are counted."""

from __future__ import annotations

import logging
from typing import Any

from processors.engine.admission import Refusal
from processors.shell.emitter import Emitter
from processors.shell.metrics import ShellMetrics
from schemas.clock import wall_us
from schemas.control import DeadLetter
from schemas.market import FeedStatus, StreamState
from schemas.record import split_key
from schemas.signals import FATE_DRIFT, Alert, Signal
from schemas.signals.pulse import MarketPulse
from schemas.topics import DEAD_LETTERS, PULSES, STATUS, TOPIC_OF_SIGNAL

log = logging.getLogger(__name__)


class Outlet:
    """Puts values into the shape of their topics and hands them to the emitter; never waits."""

    def __init__(self, emitter: Emitter, metrics: ShellMetrics) -> None:
        self._emitter = emitter
        self._metrics = metrics

    def signal(self, signal: Signal) -> None:
        """Emit what an engine said."""
        topic = TOPIC_OF_SIGNAL[type(signal)].name
        self._emitter.emit(topic, signal.key.encode(), signal.model_dump_json().encode())
        self._metrics.signals[topic] += 1
        if isinstance(signal, Alert) and signal.rule == FATE_DRIFT:
            log.warning("%s: %s", signal.key, signal.message)
        self._metrics.latency.add((wall_us() - signal.received_us) / 1_000)

    def pulse(self, pulse: MarketPulse) -> None:
        """Emit a second of a market for the engine of its coin."""
        self._emitter.emit(PULSES.name, pulse.key.encode(), pulse.model_dump_json().encode())

    def dead_letter(self, record: Any, reason: str) -> None:
        """Put a record aside with its bytes and the reason."""
        self._metrics.dead_letters += 1
        log.warning("dead letter from %s: %s", place_of(record), reason)
        letter = DeadLetter(
            source=record.topic,
            partition=record.partition,
            offset=record.offset,
            received_us=wall_us(),
            reason=reason,
            payload=DeadLetter.text_of(record.value or b""),
        )
        self._emitter.emit(DEAD_LETTERS.name, record.key, letter.model_dump_json().encode())

    def refused(self, topic: str, partition: int, refusal: Refusal) -> None:
        """Put a record aside that an engine left out."""
        self._metrics.dead_letters += 1
        log.warning(
            "dead letter from %s-%d offset %d: %s",
            topic,
            partition,
            refusal.offset,
            refusal.reason,
        )
        letter = DeadLetter(
            source=topic,
            partition=partition,
            offset=refusal.offset,
            received_us=wall_us(),
            reason=refusal.reason,
            payload=refusal.record.model_dump_json(),
        )
        self._emitter.emit(
            DEAD_LETTERS.name, refusal.record.key.encode(), letter.model_dump_json().encode()
        )

    def stream_state(
        self, key: str, stream: str, state: StreamState, reason: str, event_time: int = 0
    ) -> None:
        """Tell on `market.status` what happened to a stream of the symbol `key`; `event_time` (ms)
        where it matters up to when."""
        venue, symbol = split_key(key)
        status = FeedStatus(
            venue=venue,
            symbol=symbol,
            event_time=event_time,
            received_us=wall_us(),
            stream=stream,
            state=state,
            reason=reason,
        )
        self._emitter.emit(STATUS.name, key.encode(), status.model_dump_json().encode())


def place_of(record: Any) -> str:
    """Return where a record stands in its topic."""
    return f"{record.topic}-{record.partition} offset {record.offset}"

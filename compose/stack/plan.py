"""What `wallwatch up` is to run: decided once from flags and settings, before anything starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from compose.brokers.choice import APACHE, NOIDA
from compose.captures import Capture
from schemas.settings import Settings

DEFAULT_DATA_DIR: Final = Path(".wallwatch")

EMBEDDED_PARTITIONS: Final = 4
NOIDA_KAFKA: Final[dict[str, Any]] = {
    "partitions": EMBEDDED_PARTITIONS,
    # noida writes all that it keeps anew about once a second, as JSON of 3.6 times its size: a
    # file of 9 MB means 9 MB/s written, measured. Of market records one to two minutes of a busy
    # symbol are kept, which is what a restarted worker has to catch up with. Signals are stored
    # within a second or two; with 128 kB of them, a worker that caught up with 600 symbols on a
    # full machine left the store behind.
    "retention_bytes": 640 << 10,
    "signals_retention_bytes": 256 << 10,
    "segment_bytes": 64 << 10,
}
APACHE_KAFKA: Final[dict[str, Any]] = {
    "partitions": EMBEDDED_PARTITIONS,
    "retention_bytes": 64 << 20,
    "segment_bytes": 16 << 20,
}


class Mode(StrEnum):
    """Where the market comes from."""

    DEMO = "demo"
    LIVE = "live"
    REPLAY = "replay"


@dataclass(frozen=True, slots=True)
class StackPlan:
    """One stack to run."""

    mode: Mode
    settings: Settings
    broker: str
    """`noida`, `apache` or HOST:PORT."""
    data_dir: Path | None
    """None: a temporary folder, removed at the end."""
    symbols: tuple[str, ...] | None
    """As given by the user; None: those of the mode."""
    captures: tuple[Capture, ...] = ()
    """What a replay plays, each with its venue's protocol; several at once."""
    speed: float | str = 1.0
    """Market seconds per second, or `max`."""
    seed: int = 1
    once: bool = False
    """End by itself when the replay is processed and stored."""
    faults: Path | None = None
    """Scenario of faults for the built-in exchange."""

    @property
    def has_own_exchange(self) -> bool:
        """Whether the built-in exchange stands in for the venue."""
        return self.mode is not Mode.LIVE

    def located(self, data_dir: Path) -> StackPlan:
        """Return the plan with every default of an embedded stack filled in for `data_dir`."""
        own = {NOIDA: NOIDA_KAFKA, APACHE: APACHE_KAFKA}
        kafka = dict(own.get(self.broker, {}))
        if self.mode is Mode.REPLAY:
            # Records carry the capture's old times, which a retention by time would drop at once;
            # and a worker that falls behind at full speed must find every record.
            kafka["retention_ms"] = -1
            kafka["retention_bytes"] = -1
        if self.mode is Mode.REPLAY or "retention_bytes" in self.settings.kafka.model_fields_set:
            # One bound for all topics, as it would be without an embedded stack.
            kafka.pop("signals_retention_bytes", None)
        defaults = {
            "kafka": kafka,
            "clickhouse": {"url": f"chdb:{data_dir / 'store'}"},
            "alerts": {"file": str(data_dir / "alerts.sqlite")},
        }
        return replace(self, settings=with_defaults(self.settings, defaults), data_dir=data_dir)


MOST_NAMED: Final = 8
"""Symbols that are named in a line; more are counted."""


def symbols_in_words(symbols: Sequence[str]) -> str:
    """Return the names of a few symbols, the count of many.

    >>> symbols_in_words(["BTCUSDT", "ETHUSDT"])
    'BTCUSDT, ETHUSDT'
    """
    return ", ".join(symbols) if len(symbols) <= MOST_NAMED else f"{len(symbols)} symbols"


def with_defaults(settings: Settings, defaults: dict[str, dict[str, Any]]) -> Settings:
    """Return the settings with other defaults: what file, environment or flags said stays."""
    updates = {}
    for name, values in defaults.items():
        section = getattr(settings, name)
        unset = {k: v for k, v in values.items() if k not in section.model_fields_set}
        updates[name] = section.model_copy(update=unset)
    return settings.model_copy(update=updates)


def with_values(settings: Settings, values: dict[str, dict[str, Any]]) -> Settings:
    """Return the settings with these values, whatever was said before."""
    updates = {
        name: getattr(settings, name).model_copy(update=fields) for name, fields in values.items()
    }
    return settings.model_copy(update=updates)

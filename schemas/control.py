"""Values of the control and dead-letter topics."""

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from schemas.record import SCHEMA_VERSION, Record


class WatchAction(StrEnum):
    """What to do with a symbol."""

    ADD = "add"
    REMOVE = "remove"


class WatchCommand(Record):
    """Starts or stops a symbol without a restart. The newest command of a key counts."""

    action: WatchAction
    issued_us: int


class SettingsChange(Record):
    """Changes engine settings of one symbol without a restart; `*` as symbol means all.

    The newest change of a key replaces the one before: empty `overrides` take everything back.
    """

    overrides: dict[str, Any]
    """Values laid over the configured engine settings: {"threshold": {"floor_usd": 2000000}}."""
    effective_from: int
    """Event time (ms) of the market from which they hold, at the next full second. In the future,
    so that every worker and every replay of the log takes the step at the same place."""
    issued_us: int


class DeadLetter(BaseModel):
    """Bytes that could not be understood, kept with where they came from and why."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    schema_version: int = SCHEMA_VERSION
    source: str
    """Topic, or `venue:stream` for a frame that never reached a topic."""
    partition: int | None = None
    offset: int | None = None
    received_us: int
    reason: str
    payload: str
    """The bytes as UTF-8 text with undecodable bytes escaped as \\xNN."""

    @staticmethod
    def text_of(raw: bytes) -> str:
        """Return `raw` as readable text from which the bytes can be recovered."""
        return raw.decode("utf-8", errors="backslashreplace")

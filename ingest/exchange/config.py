"""Settings of the built-in exchange."""

from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ingest.exchange.dialect import DIALECTS, USDM, Dialect
from ingest.exchange.errors import ExchangeError
from ingest.exchange.faults.scenario import Scenario
from schemas.settings import VenueName


class Mode(StrEnum):
    """Where the exchange gets its market from."""

    SIMULATE = "simulate"
    CAPTURE = "capture"


class ExchangeConfig(BaseModel):
    """What the exchange serves and its limits. Use `build_config` for user input."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    venue: VenueName = "binance_usdm"
    """Venue whose protocol is served; it also sets the defaults of the limits below."""
    mode: Mode = Mode.SIMULATE
    file: Path | None = None
    """The capture to play; needed in mode `capture` and refused in mode `simulate`."""
    speed: float | Literal["max"] = Field(1.0)
    """Market seconds per second; `max` (captures only): as fast as the slowest client reads."""
    symbols: tuple[str, ...] = ()
    """Symbols to serve; empty: the default watch list, or all symbols of the capture."""
    seed: int = 1
    """Seed of the simulated market: the same seed gives the same sequence of events."""
    start_ms: int | None = Field(None, ge=0)
    """Venue time at which the simulated market starts, ms; None: the wall clock's."""

    host: Literal["127.0.0.1"] = "127.0.0.1"
    port: int = Field(0, ge=0, le=65_535)
    """0: a free port."""

    weight_limit: int = Field(2_400, ge=1)
    """REST weight per minute and address (the venue's limit)."""
    weight_window_s: float = Field(60.0, gt=0, le=3_600)
    """Window in which weight is counted, s (venue: 60); shorter only in tests."""
    ban_after: int = Field(3, ge=1)
    """Requests answered with 429 in one minute before the address is banned with 418."""
    ban_s: float = Field(120.0, gt=0)
    """Length of a ban; the venue's shortest is 2 min."""

    ping_interval_s: float = Field(180.0, gt=0)
    pong_timeout_s: float = Field(600.0, gt=0)
    """A client that answers no ping for this long is disconnected."""
    silence_s: float | None = Field(None, gt=0)
    """A connection on which nothing was sent for this long is closed; None: it is not."""
    connection_lifetime_s: float = Field(86_400.0, gt=0)
    """Maximum lifetime of a connection (venue: 24 h)."""
    messages_per_s: int = Field(10, ge=1)
    """More inbound messages (pings and pongs included) in a second end the connection."""
    streams_per_connection: int = Field(1_024, ge=1)
    queue_frames: int = Field(2_000, ge=1)
    """Frames waiting for one client. When full, a simulated market drops the client and a capture
    waits for it."""
    journal_steps: int = Field(0, ge=0, le=100_000)
    """Number of newest steps of a simulated market whose best levels are kept for comparison."""
    checksums: bool = False
    """Whether OKX proves its books by checksums, as until June 2026; else they are 0."""
    faults: Scenario | None = None
    """Faults to inject; their times count from the start."""
    snapshot_wait_s: float = Field(8.0, gt=0)
    """Longest time a depth request waits for the snapshot that a capture is about to reach."""
    hold_limit_s: float = Field(180.0, gt=0)
    """Longest time a capture is held for a client to fetch a snapshot; longer than a ban."""

    @property
    def dialect(self) -> Dialect:
        """The protocol of the venue."""
        return DIALECTS[self.venue]

    @model_validator(mode="before")
    @classmethod
    def _limits_of_the_venue(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        return {**DIALECTS.get(values.get("venue", ""), USDM).limits, **values}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.mode is Mode.CAPTURE and self.file is None:
            raise ValueError("mode capture needs a file")
        if self.mode is Mode.SIMULATE and self.file is not None:
            raise ValueError("a file is only for mode capture")
        if self.speed == "max":
            if self.mode is Mode.SIMULATE:
                raise ValueError("speed max is only for mode capture")
        elif not 0 < self.speed <= 100_000:
            raise ValueError(
                f"speed must be above 0 and at most 100000, or max; given: {self.speed}"
            )
        return self


def build_config(**values: Any) -> ExchangeConfig:
    """Return the checked settings. Raises ExchangeError with one line about the first mistake."""
    try:
        return ExchangeConfig(**values)
    except ValidationError as error:
        detail = error.errors()[0]
        field = ".".join(str(part) for part in detail["loc"])
        raise ExchangeError(f"exchange {field}: {detail['msg']}".replace(" :", ":")) from None

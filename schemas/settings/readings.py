"""What is read from flow, book and large orders together."""

from typing import Annotated, Final, Self

from pydantic import Field, field_validator, model_validator

from schemas.fate.model import FateModel
from schemas.settings.detection import LONGEST_MS
from schemas.settings.section import Section
from schemas.units import DAY_MS

HorizonMs = Annotated[int, Field(ge=1_000, le=86_400_000)]
MOST_BUCKETS: Final = 1_000
OFF: Final = "off"
"""Word for no value, where TOML and the environment have none."""


class FlowSettings(Section):
    """Bars and cumulative volume delta."""

    cvd_window_ms: int = Field(14_400_000, ge=60_000, le=7 * DAY_MS)
    z_points: int = Field(12, ge=3, le=1_000)
    max_gap_ms: int = Field(60_000, ge=1_000)
    """A trade stream silent for longer was away: no empty bars are invented for that time."""
    max_ahead_ms: int = Field(60_000, ge=1_000)
    """A record whose event time lies further after its receipt is refused."""
    max_jump_ms: int = Field(10_000, ge=1_000)
    """A record that jumps further ahead of its stream has to be confirmed by the next one."""


class BookSettings(Section):
    """What is kept and reported of the book."""

    obi_levels: int = Field(20, ge=1, le=1_000)
    depth_bps: tuple[float, ...] = Field((10.0, 25.0, 50.0, 100.0, 200.0), max_length=32)
    """Distances from mid within which notional is added up."""
    heat_bucket_bps: float = Field(5.0, gt=0, le=100)
    heat_range_bps: float = Field(100.0, gt=0, le=2_000)
    state_band_pct: float = Field(10.0, gt=0, le=100)
    """Levels beyond this distance of mid are left out of the book, %."""

    @field_validator("depth_bps")
    @classmethod
    def _are_distances(cls, distances: tuple[float, ...]) -> tuple[float, ...]:
        if not distances or min(distances) <= 0 or len(set(distances)) < len(distances):
            raise ValueError("distances must be positive and distinct")
        return distances

    @model_validator(mode="after")
    def _is_no_endless_row(self) -> Self:
        buckets = self.heat_range_bps / self.heat_bucket_bps
        if buckets > MOST_BUCKETS:
            raise ValueError(
                f"heat_range_bps {self.heat_range_bps:g} has {buckets:.0f} buckets of "
                f"heat_bucket_bps {self.heat_bucket_bps:g}; at most {MOST_BUCKETS} a side are told "
                "every second"
            )
        return self


class ActionSettings(Section):
    """Scores and the final action."""

    lead: float = Field(2.0, gt=0)
    sweep_score: float = Field(2.0, ge=0)
    defensive_score: float = Field(1.5, ge=0)
    open_order_score: float = Field(1.0, ge=0)
    cvd_score: float = Field(0.5, ge=0)
    oi_score: float = Field(0.5, ge=0)
    near_sigmas: float = Field(2.0, gt=0)
    """An order counts in full within so many standard deviations of mid in a minute."""
    closed_memory_ms: int = Field(60_000, ge=0, le=LONGEST_MS)
    """Closed orders count for this long."""
    manipulation_spoofs: int = Field(2, ge=1)
    score_step: float = Field(0.5, gt=0)
    """A score that changed by less is told with the next action."""
    repeat_ms: int = Field(60_000, ge=1_000)
    """An unchanged action is emitted again after this long."""


class SmartMoneySettings(Section):
    """The reading of the closed 15-minute bar."""

    move_pct: float = Field(0.5, gt=0, le=50)
    """A price change beyond this is a move, %."""
    flat_pct: float = Field(0.2, gt=0, le=50)
    """A price change within this is flat, %."""
    cvd_z: float = Field(0.5, ge=0, le=10)
    z_scale: float = Field(3.0, gt=0)
    """A z-score of this size gives its full share of the confidence."""
    cvd_weight: float = Field(0.5, ge=0, le=1)
    oi_weight: float = Field(0.3, ge=0, le=1)
    price_weight: float = Field(0.2, ge=0, le=1)
    ema_short: int = Field(20, ge=2, le=1_000)
    ema_long: int = Field(50, ge=2, le=1_000)
    """Lengths of the trend averages, bars of 15 min."""
    trend_factor: float = Field(1.2, ge=1, le=5)
    agreement_factor: float = Field(1.3, ge=1, le=5)
    confidence_cap: float = Field(0.95, gt=0, le=1)
    strong_score: float = Field(5.0, gt=0)
    """buy_score + sell_score beyond which a disagreeing order signal leads."""
    strong_confidence: float = Field(0.75, gt=0, le=1)
    minimum_confidence: float = Field(0.5, ge=0, le=1)
    """From this confidence on a reading other than UNKNOWN counts as smart money."""


class AlertSettings(Section):
    """Traps and swans."""

    trap_lifetime_ms: int = Field(3_000, ge=0)
    trap_cancelled: float = Field(0.8, gt=0, le=1)
    """Share of the largest quantity that must have been cancelled."""
    trap_flat_bps: float = Field(2.0, ge=0)
    """A mid that moved less than this in the lure's direction did not follow it, bps."""
    swan_window_ms: int = Field(300_000, ge=1_000, le=LONGEST_MS)
    swan_price_pct: float = Field(3.0, gt=0, le=100)
    swan_oi_pct: float = Field(5.0, gt=0, le=100)
    swan_impact_ratio: float = Field(0.20, gt=0)
    swan_consumed: float = Field(0.3, gt=0, le=1)
    watch_volume_ratio: float = Field(0.03, gt=0)
    """Order value against the traded volume of 24 h."""
    watch_oi_ratio: float = Field(0.05, gt=0)
    """Order value against the open interest."""


class LedgerSettings(Section):
    """What became of every reading, and when that is looked at."""

    horizons_ms: tuple[HorizonMs, ...] = Field(
        (1_000, 5_000, 15_000, 60_000, 300_000, 900_000), min_length=1, max_length=12
    )
    """A reading is graded this long after it was told."""
    silent_ms: int = Field(10_000, ge=1_000)
    """A book without an update for longer is not known: what is graded across it is void."""
    max_pending: int = Field(2_000, ge=10, le=20_000)
    """Readings that wait to be graded; beyond it the oldest is void."""

    @field_validator("horizons_ms")
    @classmethod
    def _ascending(cls, horizons_ms: tuple[int, ...]) -> tuple[int, ...]:
        if list(horizons_ms) != sorted(set(horizons_ms)):
            raise ValueError("horizons must be distinct and ascending")
        return horizons_ms


class RiskSettings(Section):
    """What a suggestion beside a standing wall is made of. It is no advice, and off until
    `max_loss_usd` is set."""

    max_loss_usd: float | None = Field(None, gt=0, le=1e12)
    """What may be lost if the wall does not hold, fee and slippage included, USD. None or "off": no
    suggestions."""
    fee_bps: float = Field(5.0, ge=0, le=1_000)
    """What is paid each way, bps of the notional."""
    beyond_ticks: int = Field(2, ge=1, le=10_000)
    """The wall has not held so many ticks beyond its farthest level,"""
    beyond_sigmas: float = Field(1.0, ge=0, le=100)
    """or so many standard deviations of mid in a minute beyond it, whichever is farther."""
    horizon_ms: HorizonMs = 900_000
    """A suggestion is over, and is graded, this long after it was told."""

    @field_validator("max_loss_usd", mode="before")
    @classmethod
    def _off_or_number(cls, value: object) -> object:
        if isinstance(value, bool):
            raise ValueError("a number of USD, or off")
        return None if isinstance(value, str) and value.strip().lower() == OFF else value


class FateSettings(Section):
    """What is told of the fate of standing orders, by a model of `wallwatch learn`."""

    model: FateModel | None = None
    """The model; in a settings file, a variable or a flag the name of its file. None or "off":
    nothing is told."""

    @field_validator("model", mode="before")
    @classmethod
    def _off_or_model(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if value.strip().lower() != OFF:
            raise ValueError("a model as `wallwatch learn` writes it, or off")
        return None


class ProofSettings(Section):
    """How outcomes are judged."""

    fee_bps: float = Field(5.0, ge=0, le=1_000)
    """What a taker pays each way, bps of the notional; for the net figures."""

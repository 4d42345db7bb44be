"""What a large order is, how it is followed and which class it gets."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Self

from pydantic import Field, field_validator, model_validator

from schemas.settings.section import Section
from schemas.settings.spoof import SpoofModel
from schemas.units import HOUR_MS

MOST_SAMPLES: Final = 5_000
"""Of a threshold: half a megabyte of state, written with every checkpoint of every symbol."""
LONGEST_MS: Final = 4 * HOUR_MS
"""What is remembered for longer makes states too large."""


class ThresholdMode(StrEnum):
    """How the large-order threshold is found."""

    ABSOLUTE = "absolute"
    ADAPTIVE = "adaptive"


class ThresholdSettings(Section):
    """From which notional a price level is a large order."""

    mode: ThresholdMode = ThresholdMode.ADAPTIVE
    absolute_usd: float = Field(100_000_000, gt=0)
    min_usd: float = Field(25_000, ge=0)
    """No level below this is a large order, whatever its market."""
    floor_usd: float | None = Field(None, gt=0)
    """A higher floor of one's own, if stated."""
    distances_bps: tuple[float, ...] = Field((5.0, 10.0, 25.0, 50.0, 100.0, 200.0), max_length=32)
    """Ends of the distance buckets, ascending; each has a threshold of its own."""
    multiple: float = Field(4.0, gt=0)
    """Times the quantile of the levels of the same bucket."""
    quantile: float = Field(0.99, gt=0, lt=1)
    depth_share: float = Field(0.1, ge=0)
    """No threshold is below this share of the median depth of its side within depth_bps."""
    depth_bps: float = Field(25.0, gt=0)
    window_s: int = Field(900, ge=1, le=86_400)
    warmup_s: int = Field(30, ge=0, le=86_400)
    """Before the window holds this much, thresholds are warmup_factor times as high."""
    warmup_factor: float = Field(2.0, ge=1)
    sample_s: int = Field(5, ge=1, le=600)
    """Interval between two samples of the level notionals."""
    exit_fraction: float = Field(0.5, gt=0, le=1)
    """Tracked until the value falls below this share of the threshold at opening."""

    @field_validator("distances_bps")
    @classmethod
    def _ascend(cls, distances: tuple[float, ...]) -> tuple[float, ...]:
        if not distances or distances[0] <= 0 or list(distances) != sorted(set(distances)):
            raise ValueError("distances must be positive and ascending")
        return distances

    @model_validator(mode="after")
    def _fits_into_a_state(self) -> Self:
        samples = self.window_s // self.sample_s
        if samples > MOST_SAMPLES:
            raise ValueError(
                f"window_s {self.window_s} holds {samples} samples, one each sample_s "
                f"{self.sample_s}; at most {MOST_SAMPLES} fit into the state of a symbol: make "
                f"sample_s {-(-self.window_s // MOST_SAMPLES)} or more"
            )
        return self


class LifecycleSettings(Section):
    """How a tracked order is followed."""

    min_lifetime_ms: int = Field(250, ge=0, le=60_000)
    """Levels that lived shorter count as flicker; 0 switches this off."""
    consume_timeout_ms: int = Field(2_000, ge=0, le=600_000)
    """An order consumed below its exit line stays open until this long without a trade."""
    max_tracked: int = Field(100, ge=1, le=10_000)
    persistent_observations: int = Field(3, ge=1)
    persistent_ms: int = Field(10_000, ge=0)
    refill_ms: int = Field(1_000, ge=0)
    refill_fraction: float = Field(0.8, gt=0, le=1)
    iceberg_refills: int = Field(2, ge=1)
    absorb_ratio: float = Field(0.5, gt=0)
    """An order that stood against this share of its size, still shows half of it, and with what
    was taken makes more than its largest size by half of this share, is a defence."""
    trade_alignment_ms: int | None = Field(None, ge=0, le=60_000)
    """How far a trade's stated time may lie from the book's; None: what is known of the venue."""
    revision_ms: int = Field(5_000, ge=0, le=60_000)
    """For this long a cancel is taken back when trades of its time turn out to be missing."""
    late_trade_ms: int = Field(300, ge=0, le=60_000)
    """Volume at the price of an order that was pulled up to this long ago, and that no decrease
    explains, may have been what vanished; 0 switches this off."""
    impact_levels: int = Field(50, ge=1, le=1_000)
    """Levels of each side that the impact ratio compares with."""


class ClassifySettings(Section):
    """Limits of the class table."""

    impact_ratio: float = Field(0.25, gt=0)
    spoof_lifetime_ms: int = Field(3_000, ge=0)
    spoof_fill_ratio: float = Field(0.2, ge=0, le=1)
    spoof_probability: float = Field(0.6, ge=0, le=1)
    """From this probability on a pull is a SPOOF whatever its lifetime."""
    spoof_again_probability: float = Field(0.5, ge=0, le=1)
    """The same for an order in whose chain, or near which, a SPOOF was told before."""
    spoof_young_probability: float = Field(0.0, ge=0, le=1)
    """The least for a young, untraded order that was pulled near mid: the rule of the short life
    needs some other evidence, too."""
    spoof_model: SpoofModel = SpoofModel()
    least_minute_bps: float = Field(1.0, gt=0)
    """Mid is taken to wander at least this far in a minute, bps."""
    sweep_fill_ratio: float = Field(0.3, gt=0, le=1)
    pattern_spoofs: int = Field(2, ge=1)
    """An order that comes after so many lures is part of their campaign,"""
    pattern_probability: float = Field(0.2, ge=0, le=1)
    """unless it is pulled, and its pull is less probably a lure than this."""
    pattern_window_ms: int = Field(60_000, ge=0, le=LONGEST_MS)
    pattern_bps: float = Field(25.0, gt=0)
    layering_orders: int = Field(3, ge=2)
    layering_window_ms: int = Field(1_000, ge=0, le=LONGEST_MS)


class InnocenceSettings(Section):
    """What speaks against a lure."""

    withdrawal_share: float = Field(0.3, gt=0, le=1)
    """Both sides lost more than this share of their depth within the pattern distance."""
    withdrawal_ms: int = Field(1_000, ge=0, le=60_000)
    """In this time."""
    mirrored_tolerance: float = Field(0.35, gt=0, le=1)
    """An order pulled on the other side is like this one where size and distance differ by no more
    than this share of the larger."""
    mirrored_least_bps: float = Field(1.0, ge=0)
    """The distances may always differ by this much, bps."""
    pull_ms: int = Field(500, ge=0, le=60_000)
    """A lure on several levels is pulled within this time,"""
    pulled_share: float = Field(0.6, ge=0, le=1)
    """at least this share of its largest quantity."""
    least_path_ratio: float = Field(0.2, ge=0, le=1)
    """An order whose share of what stands up to it never reached this lures nobody; several that
    are pulled together count together."""
    noise_window_ms: int = Field(60_000, ge=10_000, le=600_000)
    """Mids of this time tell how far mid wanders by itself."""

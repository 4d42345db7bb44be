"""How orders on several levels, one after another or on several markets are one intention."""

import hashlib
from functools import cached_property

from pydantic import Field

from schemas.settings.section import Section


class ClusterSettings(Section):
    """Pieces of one side that are small one by one and large together."""

    piece_share: float = Field(0.1, gt=0, lt=1)
    """A piece has at least this share of the threshold."""
    window_ms: int = Field(500, ge=0, le=10_000)
    """The pieces come within this time."""
    reach_bps: float = Field(10.0, gt=0, le=200)
    """And lie within this distance of each other."""
    before_share: float = Field(0.25, ge=0, le=1)
    """What stood on the level before may be this share of what came."""
    size_factor: float = Field(1.75, ge=1)
    """Pieces that come in several updates are one hand's if the largest is no more than this many
    times the smallest."""
    growth_share: float = Field(0.5, ge=0, le=1)
    """The depth of the side within the pattern distance grew by this share of them; otherwise
    quotes only moved."""
    neighbour_ticks: float = Field(3.0, ge=1)
    """Pieces no farther apart than this are one layer."""
    max_pieces: int = Field(32, ge=2, le=1_000)
    """Of a cluster, and of the candidates of a side."""


class ChainSettings(Section):
    """Orders that follow each other."""

    gap_ms: int = Field(500, ge=0, le=60_000)
    """The next link comes within this time of the pull of the one before."""
    told_gap_ms: int = Field(5_000, ge=0, le=600_000)
    """A chain that was told already goes on after a pause of up to this."""
    size_tolerance: float = Field(0.25, gt=0, le=1)
    distance_tolerance: float = Field(0.25, gt=0, le=1)
    distance_min_bps: float = Field(2.0, ge=0)
    """The distance from mid may always differ by this much, bps."""
    links: int = Field(3, ge=2, le=100)
    """A chain of so many untraded links near the market is one manipulation."""
    reach_sigmas: float = Field(1.0, gt=0)
    """Near the market is what mid reaches in a minute with so many standard deviations,"""
    reach_least_bps: float = Field(5.0, ge=0)
    """this in any case, and not more than the pattern distance."""
    two_sided_ms: int = Field(2_000, ge=0, le=60_000)
    """A chain on the other side within this time makes it a market maker's quoting."""
    two_sided_tolerance: float = Field(0.5, gt=0, le=1)
    """Of size and of distance."""
    two_sided_births: int = Field(2, ge=1, le=1_000)
    """So many levels of like size and distance on the other side within that time do, too."""
    max_links: int = Field(64, ge=2, le=10_000)
    """Pulled links that are remembered; the oldest give way."""
    max_births: int = Field(128, ge=2, le=10_000)
    """Levels that came and are remembered; the oldest give way."""


class CrossSettings(Section):
    """How the markets of a coin are read together. Times are event times, ms."""

    markets: tuple[str, ...] = ()
    """Markets that the worker reads together, each `venue:symbol`; those of one coin find each
    other by their names. Empty: none."""
    max_wait_ms: int | None = Field(30_000, ge=1_000, le=86_400_000)
    """A market that is farther behind the newest one than this is no longer waited for until it
    tells something new; None: it is waited for without end, as a replay does."""
    tolerance_ms: int = Field(50, ge=0, le=5_000)
    """How far the clocks of two venues may lie apart: every time between two markets is taken as
    that much shorter where it has to be short. The skew that is measured is told beside it."""
    within_bps: float = Field(5.0, gt=0, le=100)
    """Orders of two markets stand at one price up to this distance, the basis taken out."""
    basis_s: int = Field(60, ge=5, le=3_600)
    """The basis of two markets is the median over this time."""
    together_ms: int = Field(1_000, ge=0, le=60_000)
    """Walls that come within this time are one wall on several markets; later ones are copies."""
    copied_ms: int = Field(10_000, ge=0, le=600_000)
    """Longest time from an order to its copy on another market."""
    size_tolerance: float = Field(0.25, gt=0, lt=1)
    """Sizes are the same up to this share of the first one (base quantity)."""
    moved_ms: int = Field(1_000, ge=0, le=60_000)
    """An order that is pulled has moved where the same size comes elsewhere within this time."""
    untraded: float = Field(0.2, ge=0, le=1)
    """A pulled order was not taken if takers took no more than this share of it."""
    lure_life_ms: int = Field(12_000, ge=0, le=600_000)
    """A pulled, untraded order that lived no longer than this may be a lure."""
    taking_ms: int = Field(2_000, ge=100, le=60_000)
    """Takers elsewhere count from so long before the pull until so long after it."""
    taking_share: float = Field(0.75, ge=0.5, le=1)
    """Of all that takers took there in that time, this share went the way that the lure helps."""
    taking_usual: float = Field(6.0, ge=0)
    """It is also at least this many times what takers usually take there in such a time: on average
    over the minute before, its largest seconds left out."""
    taking_beyond: float = Field(2.0, ge=0)
    """And at least this many times as much beyond the usual as on the market of the lure: what
    takers do everywhere at once is the market's own move."""
    taking_size: float = Field(0.2, ge=0)
    """And at least this share of the size of the lure."""
    alert_taking_usual: float = Field(12.0, ge=0)
    """It raises an alert, and makes the action MANIPULATION, only where takers took at least this
    many times the usual: smaller bursts meet a pull by chance several times an hour."""
    alert_taking_size: float = Field(0.6, ge=0)
    """And at least this share of the size of the lure."""
    lead_s: int = Field(60, ge=5, le=3_600)
    """Mids of this time tell who leads."""
    lead_lag_ms: int = Field(1_000, ge=100, le=10_000)
    """Longest lead that is looked for."""
    lead_correlation: float = Field(0.1, ge=0, le=1)
    """Nobody leads where the returns of two markets agree less than this at the best lag."""
    report_s: int = Field(10, ge=1, le=3_600)
    """Time between two readings of who leads and of the clocks."""
    action_lead: float = Field(2.0, gt=0)
    """The side leads where the weighted scores differ by this much."""
    action_repeat_s: int = Field(60, ge=1, le=3_600)
    """Longest time without an action."""
    accused_s: int = Field(60, ge=1, le=3_600)
    """A finding that accuses somebody makes the action MANIPULATION for so long."""

    @cached_property
    def version(self) -> str:
        """Short hash of every value, recorded with the alerts they produced."""
        return hashlib.blake2b(self.model_dump_json().encode(), digest_size=6).hexdigest()

"""How orders on several levels, or one after another, are read as one intention."""

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

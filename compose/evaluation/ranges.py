"""The ranges from which episodes are drawn. Times in ms, values in quote currency (USD)."""

from __future__ import annotations

from dataclasses import dataclass

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Ranges:
    """Every draw is uniform within its range, sizes uniform in the logarithm."""

    size_usd: Range = (6.5e6, 20e6)
    """Above every threshold that the adaptive rule reaches on the markets used."""
    lure_life_ms: Range = (400, 2_850)
    lure_distance_bps: Range = (1.0, 20.0)
    layers: tuple[int, int] = (3, 5)
    layer_life_ms: Range = (3_300, 8_200)
    layer_first_bps: Range = (1.5, 8.0)
    layer_gap_bps: Range = (0.3, 2.0)
    layer_spread_ms: Range = (0, 800)
    """The layers are placed, and pulled, within this time of each other."""
    defence_life_ms: Range = (11_000, 40_000)
    defence_distance_bps: Range = (1.5, 18.0)
    defence_fill: Range = (0.02, 0.22)
    """Of the defenders that takers test, one in two where the price comes near enough."""
    sweep_wait_ms: Range = (600, 15_000)
    sweep_fill: Range = (0.36, 0.85)
    """Filled share of those that are not eaten whole."""
    sweep_updates: tuple[int, int] = (2, 8)
    """Depth updates in which takers eat."""
    sweep_ms: float = 5_000
    """They are done within this time."""
    flicker_ms: Range = (40, 190)
    flicker_gap_ms: Range = (300, 1_200)
    flicker_blinks: tuple[int, int] = (3, 6)
    flicker_distance_bps: Range = (0.5, 8.0)
    innocent_life_ms: Range = (3_300, 9_000)
    innocent_distance_bps: Range = (12.0, 80.0)
    flow_usd: Range = (10e3, 400e3)
    """Taker volume that a lure's owner causes on the other side within 2 s of the pull."""

    slow_life_ms: Range = (3_150, 9_000)
    slow_distance_bps: Range = (0.8, 15.0)
    slow_left: float = 0.35
    """A slow lure is pulled when less than this share of its opening distance is left."""
    calm_left: float = 0.6
    """Orders that are no such lure are taken back while at least this share is left."""
    follow_quotes: tuple[int, int] = (4, 8)
    follow_ms: Range = (850, 1_300)
    follow_distance_bps: Range = (1.5, 6.0)
    split_ticks: tuple[int, int] = (3, 4)
    split_usd: Range = (5.6e6, 7.5e6)
    """Each of the adjacent levels."""
    pull_steps: tuple[int, int] = (3, 5)
    touched_fill: tuple[Range, Range] = ((0.10, 0.185), (0.215, 0.25))
    """A lure that was hit before the pull: SPOOF below the fill limit, else none of the classes."""
    same_update_fill: tuple[Range, Range] = ((0.03, 0.15), (0.36, 0.70))
    on_top_of_usd: Range = (0.05e6, 0.45e6)
    """Notional of the real level underneath, which is no large order by itself."""
    iceberg_refills: tuple[int, int] = (2, 4)
    iceberg_left: Range = (0.05, 0.25)
    """Share displayed when the refill comes."""
    iceberg_refill_ms: Range = (60, 650)
    hidden_share: Range = (0.4, 0.9)
    """Hidden volume traded at a defender's price, in sizes of what it displays."""
    outside_bps: Range = (1.0, 40.0)
    """Beyond the last level of the REST snapshot."""
    retreat_distance_bps: Range = (1.5, 10.0)
    campaign_wait_ms: Range = (500, 20_000)


RANGES = Ranges()

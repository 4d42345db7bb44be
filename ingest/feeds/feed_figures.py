"""The counters of one symbol, by their names in reports and metrics."""

from collections import Counter

from ingest.feeds.depth_counts import DepthCounts


def no_figures() -> Counter[str]:
    """Return the counters of a feed before its first frame."""
    return feed_figures(DepthCounts(), 0, 0, 0, 0, 0)


def feed_figures(
    depth: DepthCounts,
    late_trades: int,
    repeated_trades_dropped: int,
    depth_records_lost: int,
    trades_lost: int,
    unsound_trade_ranges: int,
) -> Counter[str]:
    """Return the counters of one feed by name."""
    return Counter(
        diffs_applied=depth.applied,
        snapshots=depth.snapshots,
        snapshots_refused=depth.snapshots_refused,
        gaps=depth.gaps,
        resyncs=depth.resyncs,
        stale_diffs_dropped=depth.stale_dropped,
        unbridged_diffs_dropped=depth.unbridged_dropped,
        buffer_overflows=depth.overflows,
        depth_too_large=depth.too_large,
        depth_silences=depth.silences,
        book_contradictions=depth.contradictions,
        late_trades=late_trades,
        repeated_trades_dropped=repeated_trades_dropped,
        depth_records_lost=depth_records_lost,
        trades_lost=trades_lost,
        unsound_trade_ranges=unsound_trade_ranges,
    )

"""Counters of one book's synchronisation."""

from dataclasses import dataclass


@dataclass(slots=True)
class DepthCounts:
    """Counters of one symbol since the start."""

    applied: int = 0
    snapshots: int = 0
    stale_dropped: int = 0
    """Updates that the book or snapshot already contained."""
    unbridged_dropped: int = 0
    """Updates dropped because no snapshot could connect to them."""
    gaps: int = 0
    resyncs: int = 0
    """Snapshots requested because a book was lost."""
    overflows: int = 0
    too_large: int = 0
    """Updates larger than the record size limit."""
    silences: int = 0
    """Times the book was invalidated because depth was silent while trades went on."""
    contradictions: int = 0
    """Updates and snapshots after which the book was inconsistent."""
    snapshots_refused: int = 0
    """Snapshots older than the buffer or no longer needed."""

"""What the synchronisation of one book amounted to."""

from dataclasses import dataclass


@dataclass(slots=True)
class DepthCounts:
    """What one symbol's synchronisation did since the start."""

    applied: int = 0
    snapshots: int = 0
    stale_dropped: int = 0
    """Updates that the book or snapshot already contained."""
    unbridged_dropped: int = 0
    """Updates that were given up because no snapshot could connect to them."""
    gaps: int = 0
    resyncs: int = 0
    """Snapshots asked for because a book was lost."""
    overflows: int = 0
    too_large: int = 0
    """Updates that were larger than a record may be."""
    silences: int = 0
    """Times that the book was given up because the stream was silent while trades went on."""
    contradictions: int = 0
    """Updates and snapshots after which the book contradicted itself."""
    snapshots_refused: int = 0
    """Snapshots that were older than the buffer or that nobody waited for."""

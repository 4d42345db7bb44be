"""One symbol of a capture while it is played."""

import asyncio
import zlib
from collections import deque
from dataclasses import dataclass, field

from ingest.exchange.capture.book import PlaybackBook
from ingest.exchange.capture.index import SymbolIndex


@dataclass(slots=True)
class PlayedSymbol:
    """A played symbol's book and the snapshot its clients must start from."""

    index: SymbolIndex
    snapshots_ahead: int
    book: PlaybackBook = field(default_factory=PlaybackBook)
    due: bytes | None = None
    """A snapshot to hold after the next diff is sent: clients request one only after a frame."""
    held: bytes | None = None
    """The snapshot at which the clock is being held."""
    fetched: asyncio.Event = field(default_factory=asyncio.Event)
    ahead: deque[bytes] = field(default_factory=deque)
    """Captured snapshots still to come, deflated; those too far ahead to be kept are not there."""
    served_ahead: bool = False
    """Whether a client has the next captured snapshot already."""

    @property
    def is_about_to_hold(self) -> bool:
        """Whether a captured snapshot is needed and not reached yet."""
        unknown = self.book.diffs == 0 or self.due is not None
        return unknown or (not self.book.synced and self.snapshots_ahead > 0)

    def serve_ahead(self) -> bytes | None:
        """Return the next captured snapshot before its place is reached; None if it is not kept."""
        if not self.ahead:
            return None
        self.served_ahead = True
        return zlib.decompress(self.ahead[0])

    def reached(self) -> bool:
        """Count a captured snapshot; return whether a client had it before."""
        self.snapshots_ahead -= 1
        if self.ahead:
            self.ahead.popleft()
        served, self.served_ahead = self.served_ahead, False
        return served

    def hold(self, payload: bytes) -> None:
        """Hold the clock until a client has fetched this snapshot."""
        self.fetched.clear()
        self.held = payload

    def fetch(self) -> bytes | None:
        """Return the held snapshot, if any, and release the clock."""
        held, self.held = self.held, None
        if held is not None:
            self.fetched.set()
        return held

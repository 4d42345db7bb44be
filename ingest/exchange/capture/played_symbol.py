"""One symbol of a capture while it is played."""

import asyncio
from dataclasses import dataclass, field

from ingest.exchange.capture.book import PlaybackBook
from ingest.exchange.capture.index import SymbolIndex


@dataclass(slots=True)
class PlayedSymbol:
    """Its book, and the snapshot that clients have to start from."""

    index: SymbolIndex
    snapshots_ahead: int
    book: PlaybackBook = field(default_factory=PlaybackBook)
    due: bytes | None = None
    """A snapshot to hold at once a diff has been sent: clients ask only after their first frame."""
    held: bytes | None = None
    """The snapshot at which the clock is being held."""
    fetched: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_about_to_hold(self) -> bool:
        """Whether a snapshot of the capture is needed and still to come."""
        unknown = self.book.diffs == 0 or self.due is not None
        return unknown or (not self.book.synced and self.snapshots_ahead > 0)

    def hold(self, payload: bytes) -> None:
        """Keep a snapshot for whoever asks first."""
        self.fetched.clear()
        self.held = payload

    def fetch(self) -> bytes | None:
        """Return the snapshot that is held, if any, and let the clock go on."""
        held, self.held = self.held, None
        if held is not None:
            self.fetched.set()
        return held

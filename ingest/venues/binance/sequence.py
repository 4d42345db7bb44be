"""Binance's sequence rules: futures name the update before, spot numbers without holes."""

from ingest.venues.events import DepthUpdate


class BinanceSequence:
    """`U` first, `u` last, `pu` previous last id of an update.

    Source: https://developers.binance.com/docs/derivatives/usds-margined-futures/
    websocket-market-streams/How-to-manage-a-local-order-book-correctly
    """

    def is_stale(self, snapshot_id: int, update: DepthUpdate) -> bool:
        """`u < lastUpdateId`: an update with `u == lastUpdateId` is still applied."""
        return update.last_id < snapshot_id

    def bridges(self, snapshot_id: int, update: DepthUpdate) -> bool:
        """`U <= lastUpdateId <= u`, or `pu == lastUpdateId`."""
        return update.first_id <= snapshot_id <= update.last_id or update.prev_id == snapshot_id

    def follows(self, previous_id: int, update: DepthUpdate) -> bool:
        """`pu` equals the previous `u`."""
        return update.prev_id == previous_id

    def restarts(self, image_id: int) -> bool:
        """Never: no book comes on the stream."""
        return False


class SpotSequence:
    """`U` first and `u` last id of an update; ids have no holes.

    Source: https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
    #how-to-manage-a-local-order-book-correctly
    """

    def is_stale(self, snapshot_id: int, update: DepthUpdate) -> bool:
        """`u <= lastUpdateId`."""
        return update.last_id <= snapshot_id

    def bridges(self, snapshot_id: int, update: DepthUpdate) -> bool:
        """`U <= lastUpdateId + 1 <= u`."""
        return update.first_id <= snapshot_id + 1 <= update.last_id

    def follows(self, previous_id: int, update: DepthUpdate) -> bool:
        """`U` equals the previous `u` plus 1."""
        return update.first_id == previous_id + 1

    def restarts(self, image_id: int) -> bool:
        """Never: no book comes on the stream."""
        return False

"""Follows `signals.large_orders`, so that books with large orders are resynced first.

It only affects the order of REST requests.
"""

import logging
from typing import Final

import msgspec

from ingest.errors import UNREADABLE
from ingest.watch.topic_follower import TopicFollower
from ingest.watch.tracked_orders import TrackedOrders
from schemas.settings import KafkaSettings
from schemas.signals import CloseReason, OrderState
from schemas.topics import LARGE_ORDERS

logger = logging.getLogger(__name__)

PAST_EVENTS: Final = 2_000
"""Newest events per partition read at the start: some minutes of busy symbols."""


class _OrderEvent(msgspec.Struct):
    """The used fields of a `LargeOrderEvent`."""

    venue: str
    symbol: str
    order_id: str
    state: OrderState
    close_reason: CloseReason | None = None


_decode = msgspec.json.Decoder(_OrderEvent).decode


def tracked_topic(settings: KafkaSettings, venue: str, tracked: TrackedOrders) -> TopicFollower:
    """Return what keeps `tracked` up to date for one venue."""

    def take(value: bytes | None) -> None:
        try:
            event = _decode(value or b"")
        except UNREADABLE as error:
            logger.warning("topic %s: not an order event: %s", LARGE_ORDERS.name, error)
            return
        if event.venue == venue:
            tracked.take(event.symbol, event.order_id, event.state, event.close_reason)

    return TopicFollower(settings, LARGE_ORDERS, "wallwatch-ingest-orders", take, PAST_EVENTS)

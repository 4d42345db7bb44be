"""Follows `signals.large_orders`, so that books with large orders are resynced first.

It only affects the order of REST requests.
"""

from typing import Final

import msgspec

from ingest.watch.topic_follower import TopicFollower
from ingest.watch.tracked_orders import TrackedOrders
from schemas.settings import KafkaSettings
from schemas.signals import CloseReason, OrderState
from schemas.topics import LARGE_ORDERS

PAST_EVENTS: Final = 2_000
"""Newest events per partition read at the start: some minutes of busy symbols."""


class _OrderEvent(msgspec.Struct):
    """The used fields of a `LargeOrderEvent`."""

    venue: str
    symbol: str
    order_id: str
    state: OrderState
    close_reason: CloseReason | None = None


def tracked_topic(
    settings: KafkaSettings, venue: str, tracked: TrackedOrders
) -> TopicFollower[_OrderEvent]:
    """Return what keeps `tracked` up to date for one venue."""

    def take(event: _OrderEvent) -> None:
        if event.venue == venue:
            tracked.take(event.symbol, event.order_id, event.state, event.close_reason)

    client_id = "wallwatch-ingest-orders"
    return TopicFollower(settings, LARGE_ORDERS, client_id, _OrderEvent, take, PAST_EVENTS)

"""Follows `market.status` for the books that workers miss: only they know what nobody has read."""

from collections.abc import Callable

import msgspec

from ingest.watch.topic_follower import TopicFollower
from schemas.market import StreamState
from schemas.settings import KafkaSettings
from schemas.topics import DEPTH, STATUS


class _Status(msgspec.Struct):
    """The used fields of a `FeedStatus`."""

    venue: str
    symbol: str
    stream: str
    state: StreamState
    event_time: int


def missing_books(
    settings: KafkaSettings, venue: str, on_missing: Callable[[str, int], None]
) -> TopicFollower[_Status]:
    """Return what calls `on_missing` with a symbol of `venue` whose worker has no book, and the
    event time (ms) up to which it has read."""

    def take(status: _Status) -> None:
        # Ingest's own states are of the venue's streams; those of a topic are a worker's.
        is_missing = status.stream == DEPTH.name and status.state is StreamState.RESYNC
        if status.venue == venue and is_missing:
            on_missing(status.symbol, status.event_time)

    return TopicFollower(settings, STATUS, "wallwatch-ingest-books", _Status, take)

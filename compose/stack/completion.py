"""When a replay is over: everything that ingest published is applied, and what followed stored."""

from __future__ import annotations

from collections.abc import Mapping

from schemas.status import PipelineStatus


def is_stored(status: PipelineStatus, counts: Mapping[str, int]) -> bool:
    """Whether nothing is under way any more.

    `status` is the worker's report, `counts` the end offsets at the broker, read after it: the
    worker may not have heard yet of the newest records of a topic.
    """
    if not status.idle:
        return False
    applied, stored = status.topics, status.sink.topics
    return all(
        sum(partition.next for partition in partitions.values()) == counts[topic]
        for topics in (applied, stored)
        for topic, partitions in topics.items()
    )

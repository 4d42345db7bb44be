"""Keys go where Kafka's own clients would put them."""

from __future__ import annotations

from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from schemas.kafka.partitioner import KeyPartitioner


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1), st.integers(1, 64))
def test_a_key_goes_where_every_client_of_kafka_puts_it(keys: list[bytes], count: int) -> None:
    ours, theirs, partitions = KeyPartitioner(), DefaultPartitioner(), list(range(count))
    for key in (*keys, *keys):
        assert ours(key, partitions, partitions) == theirs(key, partitions, partitions)
    # Topics may differ in their partitions.
    assert ours(keys[0], [0], [0]) == 0


def test_without_a_key_any_partition_will_do() -> None:
    assert KeyPartitioner()(None, [0, 1], [1]) == 1

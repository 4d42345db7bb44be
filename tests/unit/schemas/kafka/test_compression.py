"""Batches of producers are compressed the fast way, whatever the library would take."""

import json

import cramjam
import pytest
from aiokafka.codec import lz4_encode
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder

from schemas.kafka.client_internals import LZ4_LEVEL
from schemas.kafka.compression import producer_codec
from schemas.settings import KafkaSettings

HEAD_BYTES = 61
"""Of a batch of records, before what is compressed."""


def batch(values: list[bytes]) -> bytes:
    builder = DefaultRecordBatchBuilder(2, DefaultRecordBatch.CODEC_LZ4, 0, -1, -1, 0, 1 << 20)
    for offset, value in enumerate(values):
        builder.append(offset, 1_700_000_000_000, b"v:S", value, [])
    return bytes(builder.build())


def test_a_batch_is_compressed_the_fast_way() -> None:
    values = [json.dumps({"price": 0.1 * n, "qty": n % 7}).encode() for n in range(500)]
    assert producer_codec(KafkaSettings(compression="lz4")) == "lz4"
    compressed = batch(values)[HEAD_BYTES:]
    plain = bytes(cramjam.lz4.decompress(compressed))
    assert all(value in plain for value in values)
    assert compressed == lz4_encode(plain, LZ4_LEVEL)
    assert compressed != lz4_encode(plain, 9), "then the level makes no difference"


@pytest.mark.parametrize(("compression", "codec"), [("none", None), ("gzip", "gzip")])
def test_another_codec_is_passed_on(compression: str, codec: str | None) -> None:
    assert producer_codec(KafkaSettings(compression=compression)) == codec

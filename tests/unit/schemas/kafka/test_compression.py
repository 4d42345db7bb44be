"""Batches are compressed and uncompressed the fast way, whatever the library would take."""

import json
import sys

import cramjam
import lz4.frame
import pytest
from aiokafka.codec import lz4_encode
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from schemas.kafka.client_internals import LZ4_LEVEL
from schemas.kafka.client_options import client_options
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


def test_a_fetched_batch_is_uncompressed_by_lz4(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [b'{"price":%d}' % n for n in range(100)]
    sent = batch(values)
    client_options(KafkaSettings())
    module = vars(sys.modules[DefaultRecordBatch.__module__])
    assert module["lz4_decode"] is lz4.frame.decompress
    asked: list[int] = []

    def counted(data: bytes) -> bytes:
        asked.append(len(data))
        plain: bytes = lz4.frame.decompress(data)
        return plain

    monkeypatch.setitem(module, "lz4_decode", counted)
    read = MemoryRecords(sent)
    assert read.has_next()
    assert [record.value for record in read.next_batch()] == values
    assert asked == [len(sent) - HEAD_BYTES], "then the module reads batches by another name"


@pytest.mark.parametrize(("compression", "codec"), [("none", None), ("gzip", "gzip")])
def test_another_codec_is_passed_on(compression: str, codec: str | None) -> None:
    assert producer_codec(KafkaSettings(compression=compression)) == codec

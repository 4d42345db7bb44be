"""Records of every topic: read as what they are, or refused by the error that becomes a letter."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from processors.sink.rows import row_of
from schemas.kafka.asyncapi import examples
from schemas.topics import ALL_TOPICS, STORED, Topic
from tests.property.fuzz.mutations import hostile_json, read_or_refused

SOUND = examples()


def test_every_topic_has_an_example_to_change() -> None:
    assert {topic.name for topic in ALL_TOPICS} == set(SOUND)


@pytest.mark.parametrize("topic", ALL_TOPICS, ids=lambda topic: topic.name)
@given(data=st.data())
def test_a_record_is_read_or_refused(topic: Topic, data: st.DataObject) -> None:
    raw = data.draw(st.binary(max_size=100) | hostile_json(*SOUND[topic.name]))
    with read_or_refused(ValidationError):
        record: Any = topic.adapter.validate_json(raw)
        # Whatever is let through can be written again, and is then the same.
        text = record.model_dump_json()
        assert topic.adapter.validate_json(text).model_dump_json() == text


@pytest.mark.parametrize("topic", STORED, ids=lambda topic: topic.name)
@given(data=st.data())
def test_a_stored_record_becomes_a_row_or_is_refused(topic: Topic, data: st.DataObject) -> None:
    raw = data.draw(hostile_json(*SOUND[topic.name]))
    with read_or_refused(ValidationError):
        _, row = row_of(topic.name, 0, 1, raw)
        json.dumps([str(value) for value in row])

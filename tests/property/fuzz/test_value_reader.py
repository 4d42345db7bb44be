"""A value of a busy topic is taken, refused and understood by its struct as by its model."""

import json
from functools import reduce
from operator import or_
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError, field_validator

from schemas.kafka.value_reader import BUSY, ReadValue, struct_of, value_reader
from schemas.record import Record
from schemas.topics import ALL_TOPICS, BOOK, DEPTH, FLOW, LARGE_ORDERS, OPEN_INTEREST, TRADES
from tests.property.fuzz.mutations import hostile_json
from tests.support.markets.records import one_of_each

LEVELS = [[61757.5, 12.5], [61757, 0.0]]
HEAD = {"schema_version": 1, "venue": "binance_usdm", "symbol": "BTCUSDT"}
TIMES = {"event_time": 1795914978000, "received_us": 1795914978819024}
SNAPSHOT = {**HEAD, "kind": "snapshot", **TIMES, "last_update_id": 7, "bids": LEVELS, "asks": []}
IDS = {"first_update_id": 8, "last_update_id": 9, "prev_update_id": 7}
DIFF = {**HEAD, "kind": "diff", **TIMES, **IDS, "bids": LEVELS, "asks": LEVELS}
BEAT = {**HEAD, "kind": "heartbeat", **TIMES}
RANGE = {"unsound_from": 5, "unsound_to": 9, "unsound_reason": "late", "quote_usd": 0.98}
PACK = {
    **HEAD,
    "received_us": 1795914978819986,
    "watermark": 1795914978035,
    **RANGE,
    "beside_book": [0],
    "trades": [[1, 1795914977956, 2640.41, 1.829, "buy"], [2, 1795914977957, 2640, 1e-7, "sell"]],
}
POLL = {**HEAD, **TIMES, "open_interest": 5.5, "mark_price": None, "funding_rate": 1e-4}
SOUND: dict[str, list[Any]] = {
    DEPTH.name: [SNAPSHOT, DIFF, BEAT, {**BEAT, "kind": "reset", "reason": "gap"}],
    TRADES.name: [PACK, {**HEAD, "received_us": 1, "watermark": 2, "trades": []}],
    OPEN_INTEREST.name: [POLL],
    **{
        topic: [record.model_dump(mode="json") for told, record in one_of_each() if told == topic]
        for topic in (LARGE_ORDERS.name, BOOK.name, FLOW.name)
    },
}
READERS = {topic.name: (value_reader(topic), topic.adapter.validate_json) for topic in ALL_TOPICS}
NUMBERS = ["-0", "5", "5.0", "1e2", "1e400", "NaN", "-Infinity", "123456789012345678901", "true"]
NUMBERS += ['"5"', "0.1", "1E-7", "5e-324", "9007199254740993", "01", "+1", "null", '"\\ud800"']


def told(read: ReadValue, value: bytes) -> tuple[str, Any, str]:
    try:
        record: Record = read(value)
    except ValidationError as error:
        return "refused", error.errors(include_url=False), str(error)
    return type(record).__name__, record, record.model_dump_json()


def check(topic: str, value: bytes) -> None:
    by_struct, by_model = READERS[topic]
    assert repr(told(by_struct, value)) == repr(told(by_model, value))


@pytest.mark.parametrize("topic", sorted(BUSY))
@given(data=st.data())
def test_a_hostile_value(topic: str, data: st.DataObject) -> None:
    check(topic, data.draw(hostile_json(*SOUND[topic])))


@pytest.mark.parametrize("topic", sorted(BUSY))
def test_every_field_with_every_kind_of_number_or_without(topic: str) -> None:
    for sound in SOUND[topic]:
        check(topic, json.dumps(sound).encode())
        check(topic, json.dumps(dict(reversed(sound.items()))).encode())
        for name in sound:
            rest = {key: value for key, value in sound.items() if key != name}
            check(topic, json.dumps(rest).encode())
            check(topic, json.dumps({**rest, "unknown": 1, name: sound[name]}).encode())
            for number in NUMBERS:
                text = json.dumps({**sound, name: "@"})
                check(topic, text.replace('"@"', number).encode())
                check(topic, text.replace('"@"', f"[[{number}, 1]]").encode())
                check(topic, text.replace('"@"', f"[{number}]").encode())
            check(topic, json.dumps(sound)[:-1].encode() + b', "%b": 1}' % name.encode())


def test_sound_values_are_read_by_structs() -> None:
    """Else the busy topics would be read by their models without anybody noticing."""
    for topic, sound in SOUND.items():
        models = {model.__name__: model for model in BUSY[topic]}
        tagged = len(models) > 1
        decoder = msgspec.json.Decoder(
            reduce(or_, (struct_of(model, tagged=tagged) for model in models.values()))
        )
        for document in sound:
            decoder.decode(json.dumps(document))


class Checked(Record):
    """A model that converts what it takes."""

    price: float

    @field_validator("price")
    @classmethod
    def _rounded(cls, price: float) -> float:
        return round(price)


class Even(Record):
    """A model with a bound that no struct knows."""

    number: Annotated[int, Field(multiple_of=2)]


@pytest.mark.parametrize("model", [Checked, Even])
def test_what_only_a_model_can_check_gets_no_struct(model: type[Record]) -> None:
    with pytest.raises(TypeError, match="model"):
        struct_of(model)

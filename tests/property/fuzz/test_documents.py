"""State, records, settings and API parameters: read, or refused by the error that is theirs."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from dashboards.web.api import params
from processors.engine import EngineStateError, MarketEngine
from schemas.market import DepthDiff, DepthHeartbeat, DepthSnapshot, Trades
from schemas.settings import EngineSettings, Settings, SettingsError, load_settings
from schemas.settings.change import engine_with
from schemas.topics import topic_of_record
from tests.property.fuzz.__main__ import minutes_of
from tests.property.fuzz.mutations import HOSTILE, damaged, documents, read_or_refused
from tests.support.ingesting.tape import records, tape
from tests.support.paths import REPOSITORY

VENUE, SYMBOL = "binance_usdm", "ETHUSDT"
TAPE = [
    record
    for record in records(VENUE, tape(VENUE, 0))
    if isinstance(record, DepthDiff | DepthSnapshot | DepthHeartbeat | Trades)
]
OLD_STATE = (REPOSITORY / "tests" / "support" / "states" / "engine_v1.bin").read_bytes()
ENGINE = Settings().engine.model_dump(mode="json")
MODELS = [
    model
    for model in vars(params).values()
    if isinstance(model, type) and issubclass(model, params.Params) and model is not params.Params
]
"""Of every request: a new one is tried without being named here."""


def _state() -> bytes:
    engine = MarketEngine(VENUE, SYMBOL, EngineSettings())
    for offset, record in enumerate(TAPE):
        engine.apply(record, offset)
    return engine.dump()


STATE = _state()


@given(st.sampled_from([OLD_STATE, STATE]).flatmap(damaged))
def test_a_damaged_state_is_read_or_refused(raw: bytes) -> None:
    with read_or_refused(EngineStateError):
        MarketEngine.load(raw, EngineSettings())


@given(data=st.data())
def test_an_engine_survives_every_record_that_its_topic_lets_through(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(TAPE) - 1))
    topic = topic_of_record(TAPE[place])
    sound = json.loads(TAPE[place].model_dump_json())
    raw = json.dumps(data.draw(documents(sound))).encode()
    engine = MarketEngine(VENUE, SYMBOL, EngineSettings())
    for offset, record in enumerate(TAPE):
        engine.apply(record, 2 * offset)
        if offset == place:
            with read_or_refused(ValidationError):
                engine.apply(topic.adapter.validate_json(raw), 2 * offset + 1)
    engine.take_refusals()
    MarketEngine.load(engine.dump(), EngineSettings())


@given(documents(ENGINE))
def test_changed_engine_settings_are_taken_or_refused(overrides: dict[str, Any]) -> None:
    with read_or_refused(ValidationError):
        engine = MarketEngine(VENUE, SYMBOL, engine_with(Settings(), SYMBOL, overrides))
        for offset, record in enumerate(TAPE[:40]):
            engine.apply(record, offset)


@given(documents({"symbols": [SYMBOL], "engine": ENGINE, "web": {"port": 8080}}))
def test_settings_are_taken_or_refused_in_one_line_a_field(given_values: dict[str, Any]) -> None:
    with read_or_refused(SettingsError):
        load_settings(flags=given_values)


@pytest.mark.parametrize("model", MODELS)
@given(data=st.data())
def test_parameters_are_read_or_refused_by_name(
    model: type[params.Params], data: st.DataObject
) -> None:
    names = st.sampled_from([*model.model_fields, "nothing"])
    hostile = HOSTILE.map(str) | st.text(max_size=300)
    query = data.draw(st.dictionaries(names, hostile))
    with read_or_refused(params.BadParameterError):
        params.parse(model, query)


@pytest.mark.parametrize("text", ["-1", "nan", "inf", "x", "1e9"])
def test_minutes_that_are_none_are_refused_in_a_line(text: str) -> None:
    with pytest.raises(ValueError, match=r"^FUZZ_MINUTES: .* to 100000$"):
        minutes_of(text)


def test_no_minutes_are_no_end() -> None:
    assert (minutes_of(""), minutes_of("0"), minutes_of("2.5")) == (0.0, 0.0, 2.5)

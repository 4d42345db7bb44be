"""The AsyncAPI document: all topics, with schemas that their records keep to."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator

from schemas.kafka.asyncapi import asyncapi, examples
from schemas.settings import KafkaSettings
from schemas.topics import ALL_TOPICS
from tests.support.paths import REPOSITORY
from tests.support.servers.availability import unavailable
from tests.support.servers.npm import NpmError, installed

PARSER: Final = ("@asyncapi/parser", "3.6.6")
CACHE: Final = REPOSITORY / ".cache" / "asyncapi"
SCRIPT: Final = """
const {Parser} = require('@asyncapi/parser');
const text = require('fs').readFileSync(0, 'utf8');
new Parser().parse(text).then(result => console.log(JSON.stringify({
  channels: result.document ? result.document.channels().all().length : 0,
  errors: result.diagnostics.filter(one => one.severity === 0).map(one => one.message),
})));
"""


@pytest.fixture
def document() -> dict[str, Any]:
    """The document, as it is printed."""
    document: dict[str, Any] = json.loads(json.dumps(asyncapi(KafkaSettings())))
    return document


def test_every_topic_is_a_channel(document: dict[str, Any]) -> None:
    addresses = [channel["address"] for channel in document["channels"].values()]
    assert addresses == [topic.name for topic in ALL_TOPICS]
    actions = {name: one["action"] for name, one in document["operations"].items()}
    assert actions["send_signals_large_orders"] == "send"
    assert actions["receive_control_watchlist"] == "receive"


def test_every_example_is_a_record_and_keeps_to_its_schema(document: dict[str, Any]) -> None:
    known = {topic.name: topic for topic in ALL_TOPICS}
    assert set(examples()) >= set(known)
    for name, records in examples().items():
        message = document["components"]["messages"][name.replace(".", "_")]
        schema = {**message["payload"], "components": document["components"]}
        for record in records:
            known[name].adapter.validate_json(json.dumps(record))
            errors = [one.message for one in Draft202012Validator(schema).iter_errors(record)]
            assert not errors, (name, errors[:3])


def test_the_formats_own_parser_accepts_it(document: dict[str, Any]) -> None:
    node = shutil.which("node")
    if node is None:
        unavailable("the AsyncAPI parser needs node")
    try:
        installed(*PARSER, CACHE)
    except NpmError as error:
        unavailable(str(error))
    done = subprocess.run(
        [node, "-e", SCRIPT],
        cwd=CACHE,
        input=json.dumps(document),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert json.loads(done.stdout) == {"channels": len(ALL_TOPICS), "errors": []}

"""The AsyncAPI document of all topics, made of the models that read and write them.

Format: https://www.asyncapi.com/docs/reference/specification/v3.0.0, Kafka bindings 0.5.0.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any, Final

from pydantic import TypeAdapter

from schemas.kafka.admin import topic_configuration
from schemas.settings import KafkaSettings
from schemas.topics import ALL_TOPICS, Topic

SPECIFICATION: Final = "3.0.0"
BINDING: Final = "0.5.0"
VERSION: Final = "1"
REFERENCE: Final = "#/components/schemas/{model}"
CONTROL: Final = "control."


def asyncapi(kafka: KafkaSettings) -> dict[str, Any]:
    """Return the document, with partitions and retention as these settings would create them."""
    by_topic, definitions = TypeAdapter.json_schemas(
        [(topic.name, "serialization", topic.adapter) for topic in ALL_TOPICS],
        ref_template=REFERENCE,
    )
    payloads = {name: schema for (name, _), schema in by_topic.items()}
    return {
        "asyncapi": SPECIFICATION,
        "info": {
            "title": "wallwatch",
            "version": VERSION,
            "description": (
                "Large resting orders, flow and what the large money does, as JSON on Kafka. Times "
                "are venue times in ms since the epoch; usd is the quote currency; quantities are "
                "in base currency. Fields are only ever added; unknown ones are to be ignored."
            ),
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {"host": kafka.brokers.partition(",")[0], "protocol": "kafka"},
        },
        "channels": {_id(topic): _channel(topic, kafka) for topic in ALL_TOPICS},
        "operations": {
            f"{_verb(topic)}_{_id(topic)}": {
                "action": _verb(topic),
                "channel": {"$ref": f"#/channels/{_id(topic)}"},
            }
            for topic in ALL_TOPICS
        },
        "components": {
            "messages": {
                _id(topic): _message(topic, _plain(payloads[topic.name])) for topic in ALL_TOPICS
            },
            "schemas": _plain(definitions.get("$defs", {})),
        },
    }


@cache
def examples() -> dict[str, list[dict[str, Any]]]:
    """Return records by topic, as a run on the built-in exchange published them."""
    text = (resources.files(__package__) / "examples.json").read_text(encoding="utf-8")
    found: dict[str, list[dict[str, Any]]] = json.loads(text)
    return found


def _id(topic: Topic) -> str:
    return topic.name.replace(".", "_")


def _verb(topic: Topic) -> str:
    """What wallwatch does with the topic, seen from outside."""
    return "receive" if topic.name.startswith(CONTROL) else "send"


def _channel(topic: Topic, kafka: KafkaSettings) -> dict[str, Any]:
    configuration = topic_configuration(topic, kafka)
    known: dict[str, Any] = {
        name: int(value) for name, value in configuration.items() if name.startswith("retention.")
    }
    if policy := configuration.get("cleanup.policy"):
        known["cleanup.policy"] = policy.split(",")
    return {
        "address": topic.name,
        "messages": {"value": {"$ref": f"#/components/messages/{_id(topic)}"}},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partition_count(kafka.partitions),
                "replicas": kafka.replication,
                "topicConfiguration": known,
                "bindingVersion": BINDING,
            }
        },
    }


def _message(topic: Topic, payload: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": topic.name,
        "payload": payload,
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": "venue:symbol, where it has one"},
                "bindingVersion": BINDING,
            }
        },
        "examples": [{"payload": record} for record in examples().get(topic.name, [])],
    }


def _plain(schema: Any) -> Any:
    """Return a schema whose discriminators are names alone, as AsyncAPI has them."""
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: _plain(value) for name, value in schema.items()}
    discriminator = plain.get("discriminator")
    if isinstance(discriminator, dict) and "propertyName" in discriminator:
        plain["discriminator"] = discriminator["propertyName"]
    return plain

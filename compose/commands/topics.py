"""`wallwatch topics`: the topic table."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import click

from compose.brokers.external import ExternalBroker
from compose.errors import UsageError
from compose.options import config_option, section_flags
from schemas.kafka.admin import ensure_topics, topic_configuration
from schemas.kafka.asyncapi import asyncapi
from schemas.settings import Settings, load_settings
from schemas.topics import ALL_TOPICS


@click.command("topics")
@config_option
@click.option("--brokers", metavar="HOST:PORT", help="Broker on which --create creates the topics.")
@click.option("--create", is_flag=True, help="Create the missing topics.")
@click.option("--schema", metavar="TOPIC", help="Print the JSON schema of a topic's values.")
@click.option("--asyncapi", "as_asyncapi", is_flag=True, help="Print the AsyncAPI 3 document.")
def command(
    config: Path | None, brokers: str | None, create: bool, schema: str | None, as_asyncapi: bool
) -> None:
    """Show the Kafka topics with their partitions and retention, or create them.

    \b
    wallwatch topics
    wallwatch topics --schema signals.large_orders
    wallwatch topics --asyncapi > wallwatch.asyncapi.json
    wallwatch topics --create --brokers kafka:9092
    """
    settings = load_settings(config, section_flags(kafka={"brokers": brokers}))
    if schema is not None:
        click.echo(json.dumps(_schema_of(schema), indent=2))
    elif as_asyncapi:
        click.echo(json.dumps(asyncapi(settings.kafka), indent=2))
    elif create:
        created = asyncio.run(_create(settings))
        click.echo("\n".join(created) or "all topics exist already")
    else:
        _print_table(settings)


async def _create(settings: Settings) -> list[str]:
    await ExternalBroker(settings.kafka.brokers, settings.kafka).start()
    return await ensure_topics(settings.kafka)


def _schema_of(name: str) -> dict[str, object]:
    for topic in ALL_TOPICS:
        if topic.name == name:
            return topic.adapter.json_schema()
    known = ", ".join(topic.name for topic in ALL_TOPICS)
    raise UsageError(f"unknown topic {name}; known are {known}")


def _print_table(settings: Settings) -> None:
    rows = [("topic", "partitions", "configuration")]
    for topic in ALL_TOPICS:
        count = topic.partition_count(settings.kafka.partitions)
        configuration = topic_configuration(topic, settings.kafka)
        rows.append(
            (topic.name, str(count), " ".join(f"{k}={v}" for k, v in configuration.items()))
        )
    for name, count_text, configuration_text in rows:
        click.echo(f"{name:<22} {count_text:>10}  {configuration_text}")

"""Runs one call of a control topic for a command."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click
from aiokafka import ConsumerRecord

from compose.control.control_topic import ControlTopic
from schemas.settings import KafkaSettings
from schemas.topics import Topic

T = TypeVar("T")


def run_control(
    settings: KafkaSettings, topic: Topic, call: Callable[[ControlTopic], Awaitable[T]]
) -> T:
    """Return what `call` gives; records that hold no value are named on stderr.

    Raises UserError where the topic cannot be used.
    """

    async def calling() -> T:
        return await call(ControlTopic(settings, topic, _echo_unreadable))

    return asyncio.run(calling())


def _echo_unreadable(record: ConsumerRecord) -> None:
    click.echo(f"{record.topic} offset {record.offset}: unreadable", err=True)

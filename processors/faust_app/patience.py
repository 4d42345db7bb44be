"""Repeats what needs the broker or the store until they answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from aiokafka.errors import KafkaError
from clickhouse_connect.driver.exceptions import ClickHouseError

log = logging.getLogger(__name__)

RETRY_S: Final = 1.0

T = TypeVar("T")


async def patiently(work: Callable[[], Awaitable[T]]) -> T:
    """Return what `work` returns once it does not fail for want of broker or store any more."""
    told = False
    while True:
        try:
            return await work()
        except (KafkaError, ClickHouseError, OSError) as error:
            if not told:
                log.warning("%r; trying again every %.0f s", error, RETRY_S)
            told = True
            await asyncio.sleep(RETRY_S)

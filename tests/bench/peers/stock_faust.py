"""The records through Faust as it comes, in a process of its own: BROKER RECORDS FOLDER."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import faust
from faust.types import StreamT

from schemas.topics import BOOK, ENGINE_INPUTS
from tests.bench.peers.work import Work


async def run(broker: str, expected: int, folder: Path) -> None:
    """Read until all records are done."""
    work, done = Work(folder), asyncio.Event()
    await work.open()
    app = faust.App(
        "peer",
        broker=f"kafka://{broker}",
        store="memory://",
        autodiscover=False,
        web_enabled=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        datadir=str(folder / "faust"),
    )
    raw: dict[str, Any] = {
        "key_type": bytes,
        "value_type": bytes,
        "key_serializer": "raw",
        "value_serializer": "raw",
    }
    out = app.topic(BOOK.name, **raw)
    source = app.topic(*(topic.name for topic in ENGINE_INPUTS), **raw)

    async def consume(stream: StreamT[bytes]) -> None:
        async for event in stream.events():
            message = event.message
            for _, value in work.take(message.topic, event.value, message.offset):
                await out.send(key=message.key, value=value)
            if work.is_due:
                await work.store()
            if work.records == expected:
                done.set()

    app.agent(source, name="peer")(consume)
    await app.start()
    sys.stdout.write(json.dumps({"ready": True}) + "\n")
    sys.stdout.flush()
    await done.wait()
    await work.close()
    sys.stdout.write(json.dumps(work.result()) + "\n")
    sys.stdout.flush()
    await app.stop()


def main() -> None:
    """Print a ready line, and what was done once all records are."""
    asyncio.run(run(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))


if __name__ == "__main__":
    main()

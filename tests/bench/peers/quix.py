"""The records through Quix Streams, in a process of its own: BROKER RECORDS FOLDER."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from schemas.topics import BOOK, ENGINE_INPUTS
from tests.bench.peers.environment import peer
from tests.bench.peers.work import Work


def main() -> None:
    """Print a ready line, and what was done once all records are."""
    broker, expected, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    quix = peer("quixstreams")
    work = Work(folder)
    with asyncio.Runner() as runner:
        runner.run(work.open())
        app = quix.Application(
            broker_address=broker,
            consumer_group="peer",
            auto_offset_reset="earliest",
            auto_create_topics=False,
            use_changelog_topics=False,
            state_dir=folder / "quix",
            loglevel="WARNING",
        )
        as_bytes = {"key_serializer": "bytes", "value_serializer": "bytes"}
        out = app.topic(BOOK.name, **as_bytes)

        def taking(topic: str) -> Any:
            def take(value: bytes, _key: Any, _time: Any, _headers: Any) -> list[bytes]:
                told = work.take(topic, value, quix.message_context().offset)
                if work.is_due:
                    work.store_now(runner)
                if work.records == expected:
                    app.stop()
                return [raw for _, raw in told]

            return take

        for topic in ENGINE_INPUTS:
            read = app.topic(topic.name, key_deserializer="bytes", value_deserializer="bytes")
            stream = app.dataframe(read)
            stream.apply(taking(topic.name), expand=True, metadata=True).to_topic(out)
        sys.stdout.write(json.dumps({"ready": True}) + "\n")
        sys.stdout.flush()
        app.run()
        runner.run(work.close())
    sys.stdout.write(json.dumps(work.result()) + "\n")


if __name__ == "__main__":
    main()

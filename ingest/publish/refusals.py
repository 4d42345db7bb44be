"""Unusable input of a venue: counted, logged, and put aside as a dead letter."""

import logging
from collections import Counter
from typing import Final

from ingest.publish.dead_letters import dead_letter
from ingest.publish.outlet import RecordOutlet

logger = logging.getLogger(__name__)

MALFORMED: Final = "malformed"
"""Kind under which unusable frames are counted."""


class Refusals:
    """The dead letters of one venue."""

    def __init__(self, venue: str, outlet: RecordOutlet, frames: Counter[str]) -> None:
        """Count in `frames`, among the frames by kind."""
        self._venue, self._outlet, self._frames = venue, outlet, frames

    def add(self, source: str, received_us: int, reason: str, raw: bytes) -> None:
        """Put aside what came from `source` at `received_us` (microseconds since the epoch)."""
        self._frames[MALFORMED] += 1
        logger.warning("%s: dead letter: %s", source, reason)
        self._outlet.put(dead_letter(f"{self._venue}:{source}", received_us, reason, raw))

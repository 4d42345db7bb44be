"""Topic and serialized value of each record. Pure."""

from typing import Final

from ingest.publish.dead_letters import dead_letter
from schemas.control import DeadLetter
from schemas.market import FeedStatus, OpenInterest, Trades
from schemas.record import Record
from schemas.topics import DEAD_LETTERS, DEPTH, OPEN_INTEREST, STATUS, TRADES, Topic

MAX_RECORD_BYTES: Final = 1_000_000
"""A little below the default size limit of brokers and clients (1 MiB)."""
CUT_LETTER_CHARS: Final = 200_000
"""Bytes kept of a frame too large for a dead letter; escaping makes them at most 4x longer."""
WRITTEN: Final = (DEPTH, TRADES, OPEN_INTEREST, STATUS, DEAD_LETTERS)
"""The topics of ingest."""


def topic_of(record: Record | DeadLetter) -> Topic:
    """Return the topic that a record of ingest belongs to."""
    if isinstance(record, Trades):
        return TRADES
    if isinstance(record, OpenInterest):
        return OPEN_INTEREST
    if isinstance(record, FeedStatus):
        return STATUS
    if isinstance(record, DeadLetter):
        return DEAD_LETTERS
    return DEPTH


def value_of(record: Record | DeadLetter) -> bytes | None:
    """Return the value of a record, None if it is too large; dead letters are truncated instead."""
    value = record.model_dump_json().encode()
    if len(value) <= MAX_RECORD_BYTES:
        return value
    return _cut(record).model_dump_json().encode() if isinstance(record, DeadLetter) else None


def letter_of(record: Record, received_us: int) -> DeadLetter:
    """Return the dead letter with the first bytes of a record that is too large."""
    value = record.model_dump_json().encode()
    head = value[:CUT_LETTER_CHARS]
    reason = f"{record.key}: a record of {len(value)} bytes is too large (cut to {len(head)})"
    return dead_letter(topic_of(record).name, received_us, reason, head)


def _cut(letter: DeadLetter) -> DeadLetter:
    kept = letter.payload[:CUT_LETTER_CHARS]
    reason = f"{letter.reason} (cut: {len(kept)} of {len(letter.payload)} characters)"
    return letter.model_copy(update={"payload": kept, "reason": reason})

"""Errors of ingest."""

from typing import Final

import msgspec


class IngestError(Exception):
    """Ingest cannot start or continue; one line that names the field and the cure."""


class FrameError(Exception):
    """A frame or line that cannot be parsed; the message says why. It is dead-lettered."""


UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""Errors raised by decoding untrusted bytes; the last for excessive nesting."""

"""Errors of ingest."""

from typing import Final

import msgspec


class IngestError(Exception):
    """Ingest cannot start or continue; one line that names the field and the cure."""


class FrameError(Exception):
    """A frame or line that cannot be parsed; the message says why. It is dead-lettered."""

    def __init__(self, reason: str, stream: str = "") -> None:
        """`stream`: the stream that the frame names; empty where none could be read."""
        super().__init__(reason)
        self.stream = stream


UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""Errors raised by decoding untrusted bytes; the last for excessive nesting."""

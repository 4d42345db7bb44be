"""What can go wrong with ingest."""

from typing import Final

import msgspec


class IngestError(Exception):
    """Ingest cannot start or go on; the message is one line with the thing and the cure."""


class FrameError(Exception):
    """A frame or line that cannot be understood; the message says why. Becomes a dead letter."""


UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding foreign bytes raises; the last where brackets are nested without end."""

"""What can go wrong with ingest."""


class IngestError(Exception):
    """Ingest cannot start or go on; the message is one line with the thing and the cure."""


class FrameError(Exception):
    """A frame or line that cannot be understood; the message says why. Becomes a dead letter."""

"""Which markets ingest follows and how gently."""

from schemas.settings.ingest.markets import IngestSettings

__all__ = ["IngestSettings"]

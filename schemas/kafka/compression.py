"""What producers compress their batches with."""

from schemas.kafka.client_internals import take_fast_lz4
from schemas.settings import KafkaSettings


def producer_codec(settings: KafkaSettings) -> str | None:
    """Return the codec as aiokafka names it; None: batches are not compressed."""
    if settings.compression == "lz4":
        take_fast_lz4()
    return None if settings.compression == "none" else settings.compression

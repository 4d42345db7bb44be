"""Builds dead letters: refused bytes with the reason."""

from schemas.control import DeadLetter


def dead_letter(source: str, received_us: int, reason: str, raw: bytes) -> DeadLetter:
    """Return the record that holds `raw` with its source and the reason for refusal."""
    return DeadLetter(
        source=source, received_us=received_us, reason=reason, payload=DeadLetter.text_of(raw)
    )

"""What becomes of bytes that cannot be understood."""

from schemas.control import DeadLetter


def dead_letter(source: str, received_us: int, reason: str, raw: bytes) -> DeadLetter:
    """Return the record that keeps `raw` with where it came from and why it was refused."""
    return DeadLetter(
        source=source, received_us=received_us, reason=reason, payload=DeadLetter.text_of(raw)
    )

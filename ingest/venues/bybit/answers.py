"""What the REST answers of Bybit v5 have in common."""

from ingest.errors import UNREADABLE, FrameError
from ingest.venues.bybit import frames
from ingest.venues.readings import decoder

_answer = decoder(frames.Answer)


def result_of(raw: bytes, what: str) -> frames.Answer:
    """Return an answer that is no refusal; `what` names it. Raises FrameError."""
    try:
        answer = _answer.decode(raw)
    except UNREADABLE as error:
        raise FrameError(f"{what}: {error}") from None
    if answer.code:
        raise FrameError(f"{what}: {answer.message} (code {answer.code})")
    return answer

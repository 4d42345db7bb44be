"""What the REST answers of OKX v5 have in common."""

from typing import TypeVar

import msgspec

from ingest.errors import UNREADABLE, FrameError
from ingest.venues.okx import frames
from ingest.venues.readings import decoder

T = TypeVar("T")

_answer = decoder(frames.Answer)


def decoded(raw: bytes, what: str) -> frames.Answer:
    """Return an answer that is no refusal; `what` names it. Raises FrameError."""
    try:
        answer = _answer.decode(raw)
    except UNREADABLE as error:
        raise FrameError(f"{what}: {error}") from None
    if answer.code != "0":
        raise FrameError(f"{what}: {answer.message} (code {answer.code})")
    return answer


def first(raw: bytes, what: str, parser: msgspec.json.Decoder[T]) -> T:
    """Return the first element of an answer. Raises FrameError."""
    data = decoded(raw, what).data
    try:
        return parser.decode(data[0])
    except (IndexError, *UNREADABLE) as error:
        raise FrameError(f"{what}: {error}") from None

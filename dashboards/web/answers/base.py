"""What answers have in common, and the ones of a word."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from dashboards.liveness import FeedState


class Answer(BaseModel):
    """An answer with exactly these fields."""

    model_config = ConfigDict(extra="forbid")


class ErrorAnswer(Answer):
    """What went wrong; for a wrong parameter with its name and what is allowed."""

    error: str
    parameter: str | None = None
    allowed: list[str | int] | str | None = None


class Age(Answer):
    """Whether a symbol is live."""

    state: FeedState
    """`live`, or `stale`: the figures are those of its newest event."""
    stale_ms: int
    """Time without anything new of the symbol, ms, or how far it lies behind the clock that it was
    on; 0 while it is live."""
    reason: str
    """Why it may have stopped; of a live symbol which of its streams is not up, mostly empty."""


class NotLive(Age):
    """A symbol that is not live."""

    venue: str
    symbol: str
    now_ms: int
    """Its newest event time."""


class StatusWord(Answer):
    """A word."""

    status: str


class AnyObject(BaseModel):
    """An object whose fields other parts define."""

    model_config = ConfigDict(extra="allow")

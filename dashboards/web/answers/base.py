"""What answers have in common, and the ones of a word."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """An answer with exactly these fields."""

    model_config = ConfigDict(extra="forbid")


class ErrorAnswer(Answer):
    """What went wrong; for a wrong parameter with its name and what is allowed."""

    error: str
    parameter: str | None = None
    allowed: list[str | int] | str | None = None


class StatusWord(Answer):
    """A word."""

    status: str


class AnyObject(BaseModel):
    """An object whose fields other parts define."""

    model_config = ConfigDict(extra="allow")

"""What to do after a try to deliver: pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from schemas.settings import DeliverySettings

LONGEST_WAIT_S: Final = 60.0
TRY_AGAIN: Final = frozenset({408, 425, 429})
"""Client errors that pass by themselves: timeout, too early, too many requests."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a try ended: `status` is None where there was no answer at all."""

    status: int | None
    retry_after_s: float | None = None

    @property
    def delivered(self) -> bool:
        """Whether the receiver took it."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def may_pass(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status is None or self.status >= 500 or self.status in TRY_AGAIN


def wait_s(outcome: Outcome, tries: int, settings: DeliverySettings) -> float | None:
    """Return how long to wait after so many tries; None: give up."""
    if outcome.delivered or not outcome.may_pass or tries >= settings.attempts:
        return None
    backoff = settings.backoff_s * 2.0 ** (tries - 1)
    return min(LONGEST_WAIT_S, max(backoff, outcome.retry_after_s or 0.0))

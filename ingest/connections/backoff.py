"""How long to wait before the next attempt: exponential, with full jitter. Pure."""

from dataclasses import dataclass, field
from random import Random


@dataclass(slots=True)
class Backoff:
    """Delays in [0, base x 2^n), at most `cap_s`; jitter spreads reconnects out."""

    base_s: float = 0.5
    cap_s: float = 30.0
    rng: Random = field(default_factory=Random)
    attempts: int = 0
    """Failures since the last success."""

    def next_s(self) -> float:
        """Count a failure and return the delay before the next attempt, s."""
        # The cap applies beyond this exponent; bounds the power.
        exponent = min(self.attempts, 32)
        self.attempts += 1
        return self.rng.uniform(0.0, min(self.cap_s, self.base_s * 2**exponent))

    def succeeded(self) -> None:
        """Reset to the shortest delay."""
        self.attempts = 0

"""How long the header Retry-After asks to wait: seconds or an HTTP date (RFC 9110, 10.2.3)."""

from __future__ import annotations

import math
from datetime import UTC
from email.utils import parsedate_to_datetime


def retry_after_s(text: str | None, now_s: float) -> float | None:
    """Return the wait, s, 0 for a date that has passed; None where the header states no wait.

    `now_s`: wall clock, s since the epoch. Negative seconds and what is not finite state no wait.
    The wait may be of any length: the caller bounds it.
    """
    if text is None:
        return None
    try:
        wait_s = float(text)
    except ValueError:
        return _until_s(text, now_s)
    return wait_s if math.isfinite(wait_s) and wait_s >= 0 else None


def _until_s(text: str, now_s: float) -> float | None:
    try:
        date = parsedate_to_datetime(text)
        # A zone of -0000 makes it naive; an HTTP date is GMT.
        stated_s = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return max(0.0, stated_s - now_s)

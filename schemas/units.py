"""Units of the figures: event times in milliseconds, distances in basis points."""

from typing import Final

SECOND_MS: Final = 1_000
MINUTE_MS: Final = 60 * SECOND_MS
QUARTER_MS: Final = 15 * MINUTE_MS
"""A quarter of an hour, the longest bar."""
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS

LATEST_MS: Final = 10**14
"""Year 5138: a larger number is stated in another unit than milliseconds."""
EARLIEST_MS: Final = 10**11
"""Year 1973: beside times above, a smaller number is stated in seconds."""
NEVER_MS: Final = 2**62
"""After every event time: an end that is open, an appointment that is not made."""

BPS: Final = 10_000
"""Basis points in the whole: a share times this is in bps."""

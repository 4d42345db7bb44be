"""Which seeds are for what; the two never meet."""

from __future__ import annotations

from typing import Final

FIT_SEEDS: Final = range(1_000, 1_040)
"""The model and every definition may be chosen on these alone."""
REPORT_SEEDS: Final = range(5_000, 5_040)
"""Nothing may be chosen on these: they are for the figures that are published."""
TEST_SEEDS: Final = range(9_000, 9_010)
"""For the tests, which are to fail when the detection gets worse."""

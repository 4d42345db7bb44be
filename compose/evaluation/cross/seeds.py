"""Which seeds and tapes are for what; the two never meet."""

from __future__ import annotations

from typing import Final

CROSS_FIT_SEEDS: Final = range(16)
"""Thresholds were chosen on these, on USD-M and spot together alone."""
CROSS_REPORT_SEEDS: Final = range(7_100, 7_124)
"""For the figures that are published, on combinations with COIN-M that no threshold of a finding
was chosen on. 7000 to 7015 were looked at before."""
CROSS_TEST_SEEDS: Final = range(9_100, 9_102)

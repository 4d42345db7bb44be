"""The real captures, which are not part of the repository: a test that needs one says so."""

from typing import Final

from tests.support.paths import REPOSITORY

_CAPTURES: Final = REPOSITORY / "../shared/data"
CAPTURE: Final = _CAPTURES / "binance_usdm/btcusdt_20240808.gz"
SPOT_CAPTURE: Final = _CAPTURES / "binance_spot/btcusdt_20240808.gz"
COINM_CAPTURE: Final = _CAPTURES / "binance_coinm/btcusd_perp_20240808.gz"
"""Quantities are contracts."""
ALL_CAPTURES: Final = (CAPTURE, SPOT_CAPTURE, COINM_CAPTURE)
"""Three markets of one coin at the same time, without a gap."""

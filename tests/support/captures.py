"""The real captures, which are not part of the repository: a test that needs one says so."""

from pathlib import Path
from typing import Final

_CAPTURES: Final = Path(__file__).parents[2] / "../shared/data"
CAPTURE: Final = _CAPTURES / "binance_usdm/btcusdt_20240808.gz"
SPOT_CAPTURE: Final = _CAPTURES / "binance_spot/btcusdt_20240808.gz"

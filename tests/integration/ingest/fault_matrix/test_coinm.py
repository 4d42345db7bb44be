"""The same service on COIN-M: quantities in contracts, which the log holds in base currency."""

from pathlib import Path

import pytest

from tests.support.ingesting.fault_case import COMMON_CASES, DEPTH, Case, survives
from tests.support.ingesting.faults import HIT, OTHER

COINM = {"venue": "binance_coinm"}
NAMES = {HIT: "BTCUSD_PERP", OTHER: "ETHUSD_PERP", DEPTH: "btcusd_perp@depth@100ms"}


@pytest.mark.parametrize("case", COMMON_CASES, ids=lambda case: case.name)
async def test_ingest_survives(case: Case, fault_broker: str, tmp_path: Path) -> None:
    await survives(case, fault_broker, tmp_path, COINM, NAMES)

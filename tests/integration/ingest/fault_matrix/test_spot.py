"""The same service on the venue's spot market: another sequence rule, one route, no contracts.

What differs is said by the venue's description alone, so the faults that every market has are
enough here.
"""

from pathlib import Path

import pytest

from schemas.market import ResetReason, StreamState
from tests.support.ingesting.fault_case import COMMON_CASES, DEPTH, Case, survives
from tests.support.ingesting.faults import HIT, rig

TRADE = "btcusdt@aggTrade"
OTHER_DEPTH = "ethusdt@depth@100ms"
SPOT = {"venue": "binance_spot"}
DISCONNECT = ResetReason.DISCONNECT

CASES = (
    *COMMON_CASES,
    Case(
        "closed without a close frame",
        ({"kind": "cut", "route": "spot"},),
        6,
        (DISCONNECT,),
        {DEPTH: StreamState.DOWN, TRADE: StreamState.DOWN, OTHER_DEPTH: StreamState.DOWN},
        {"reconnects": 1, "resyncs": 2},
        shared=True,
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_ingest_survives(case: Case, fault_broker: str, tmp_path: Path) -> None:
    await survives(case, fault_broker, tmp_path, SPOT)


async def test_rotation_on_the_one_route_costs_nothing(fault_broker: str, tmp_path: Path) -> None:
    ingest = SPOT | {"connection_lifetime_s": 0.5}
    async with rig(fault_broker, tmp_path, SPOT, ingest) as running:
        await running.settled()
        log = running.log.symbols[HIT]
        diffs, trades = log.diffs, log.trades
        await running.until(
            lambda: log.diffs > diffs + 250 and log.trades > trades + 50, 20.0, "ten rotations pass"
        )
        await running.same_book(HIT, 6.0)
        assert log.resets == [ResetReason.START]
        assert log.late_trades == 0
    report = running.ingest.result()
    assert report["rotations"] >= 5
    assert report["gaps"] == report["reconnects"] == 0

"""Venues whose books come on the stream: a hole is healed by subscribing anew, without REST."""

from pathlib import Path

import pytest

from schemas.market import ResetReason, StreamState
from tests.support.ingesting.fault_case import COMMON_CASES, DEPTH, Case, survives
from tests.support.ingesting.faults import HIT, OTHER, rig

BYBIT = {"venue": "bybit_linear"}
OKX = {"venue": "okx_swap"}
OKX_SPOT = {"venue": "okx_spot"}
NAMES = {
    "bybit_linear": {DEPTH: f"orderbook.1000.{HIT}"},
    "okx_spot": {HIT: "BTC-USDT", OTHER: "ETH-USDT", DEPTH: "books:BTC-USDT"},
    "okx_swap": {HIT: "BTC-USDT-SWAP", OTHER: "ETH-USDT-SWAP", DEPTH: "books:BTC-USDT-SWAP"},
}
REST = ("old snapshot", "snapshot at the id of an update", "429")
CASES = [case for case in COMMON_CASES if case.name not in REST]


@pytest.mark.parametrize("venue", [BYBIT, OKX], ids=lambda venue: venue["venue"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_ingest_survives(
    case: Case, venue: dict[str, str], fault_broker: str, tmp_path: Path
) -> None:
    await survives(case, fault_broker, tmp_path, venue, NAMES[venue["venue"]])


async def test_the_spot_market_of_a_venue_is_healed_alike(
    fault_broker: str, tmp_path: Path
) -> None:
    (drop,) = (case for case in CASES if case.name == "drop")
    await survives(drop, fault_broker, tmp_path, OKX_SPOT, NAMES["okx_spot"])


@pytest.mark.parametrize("venue", [BYBIT, OKX], ids=lambda venue: venue["venue"])
async def test_rotation_costs_nothing_and_open_interest_comes_on_the_stream(
    venue: dict[str, str], fault_broker: str, tmp_path: Path
) -> None:
    names = NAMES[venue["venue"]]
    hit, other = names.get(HIT, HIT), names.get(OTHER, OTHER)
    ingest = venue | {"connection_lifetime_s": 1.0, "open_interest_interval_s": 1.0}
    async with rig(fault_broker, tmp_path, venue, ingest, (hit, other)) as running:
        await running.settled()
        log = running.log.symbols[hit]
        diffs, trades = log.diffs, log.trades
        await running.until(
            lambda: log.diffs > diffs + 150 and log.trades > trades + 50 and running.log.polls > 1,
            20.0,
            "rotations pass",
        )
        await running.same_book(hit, 6.0)
        assert log.resets == [ResetReason.START]
        assert log.late_trades == 0
        assert StreamState.DOWN not in running.log.states(names[DEPTH])
    report = running.ingest.result()
    assert report["rotations"] >= 2
    assert report["gaps"] == report["reconnects"] == 0


async def test_a_restart_of_the_venue_is_followed(fault_broker: str, tmp_path: Path) -> None:
    for venue, cause in ((BYBIT, [ResetReason.START, ResetReason.RESTART]), (OKX, None)):
        names = NAMES[venue["venue"]]
        hit, other = names.get(HIT, HIT), names.get(OTHER, OTHER)
        async with rig(fault_broker, tmp_path, venue, venue, (hit, other)) as running:
            await running.settled()
            log = running.log.symbols[hit]
            await running.inject({"kind": "book_restart", "symbol": hit})
            assert await running.faults_over(5.0) == []
            await running.until(lambda log=log: log.last_id < 900, 6.0, "the numbers are new")  # type: ignore[misc]
            await running.same_book(hit, 6.0)
            assert log.resets == (cause or [ResetReason.START])
        assert running.ingest.result()["gaps"] == 0


async def test_a_notice_makes_the_connection_new_before_it_ends(
    fault_broker: str, tmp_path: Path
) -> None:
    symbols = ("BTC-USDT-SWAP", "ETH-USDT-SWAP")
    async with rig(fault_broker, tmp_path, OKX, OKX, symbols) as running:
        await running.settled()
        await running.inject({"kind": "upgrade_notice", "duration_s": 50})
        assert await running.faults_over(30.0) == []
        await running.same_book(symbols[0], 6.0)
        assert running.log.symbols[symbols[0]].resets == [ResetReason.START]
    report = running.ingest.result()
    assert (report["rotations"], report["reconnects"]) == (1, 0)


async def test_where_no_book_comes_on_the_stream_rest_is_asked(
    fault_broker: str, tmp_path: Path
) -> None:
    symbols = ("BTC-USDT-SWAP", "ETH-USDT-SWAP")
    async with rig(fault_broker, tmp_path, OKX, OKX, symbols) as running:
        await running.settled()
        await running.inject(
            {"kind": "missing_book", "symbol": symbols[0], "count": 9},
            {"kind": "drop", "symbol": symbols[0], "after_frames": 10},
        )
        assert await running.faults_over(20.0) == []
        log = running.log.symbols[symbols[0]]
        await running.until(lambda: log.snapshots > 1 and log.valid, 20.0, "REST gave the book")
        await running.same_book(symbols[0], 6.0)
        assert log.resets == [ResetReason.START, ResetReason.GAP]
        status = await running.exchange.status()
        assert status["rest"]["/api/v5/market/books"]["calls"] >= 1

"""Others behind the same address, and symbols that come: what a fault list cannot say alone."""

import asyncio
from pathlib import Path

import pytest

from ingest.errors import IngestError
from ingest.service import run_ingest
from schemas.market import ResetReason
from schemas.settings import IngestSettings, KafkaSettings, Settings
from tests.support.ingesting.faults import HIT, OTHER, PARTITIONS, rig

BAN_S = 3.0
RECOVERY_S = 8.0


async def test_a_neighbour_ignores_429_and_all_behind_the_address_sit_out_its_ban(
    fault_broker: str, tmp_path: Path
) -> None:
    config = {"ban_s": BAN_S, "ban_after": 3}
    async with rig(fault_broker, tmp_path, config, {"open_interest_interval_s": 60.0}) as running:
        await running.settled()
        await running.inject({"kind": "throttle", "retry_after_s": 10})
        await running.faults_over(5.0)
        answers = [
            (await running.exchange.get("/fapi/v1/depth", symbol=OTHER, limit=5))[0]
            for _ in range(5)
        ]
        assert answers == [429, 429, 429, 418, 418]
        # Now ingest needs a snapshot, and gets to know of the ban.
        await running.inject({"kind": "drop", "symbol": HIT})
        hit, other = running.log.symbols[HIT], running.log.symbols[OTHER]
        took_s = await running.until(
            lambda: len(hit.resets) > 1 and hit.valid, RECOVERY_S, "the book is rebuilt"
        )
        await running.same_book(HIT, RECOVERY_S)
        assert took_s > 1.0
        assert hit.resets == [ResetReason.START, ResetReason.GAP]
        assert other.resets == [ResetReason.START]
        status = await running.exchange.status()
    report = running.ingest.result()
    assert report["http_418"] == 1
    # The neighbour's two and the one by which ingest learned of it.
    assert (status["http_429"], status["http_418"]) == (3, 3)


async def test_a_symbol_can_be_followed_from_its_listing_on(
    fault_broker: str, tmp_path: Path
) -> None:
    new = "SOLUSDT"
    async with rig(fault_broker, tmp_path) as running:
        await running.settled()
        exchange = running.exchange.ready
        settings = Settings(
            kafka=KafkaSettings(brokers=fault_broker, partitions=PARTITIONS, retention_ms=-1),
            ingest=IngestSettings(
                websocket_url=exchange["websocket_url"],
                rest_url=exchange["rest_url"],
                symbols=(new,),
                smart_money_symbols=(),
                state_dir=tmp_path,
            ),
        )
        stop = asyncio.Event()
        with pytest.raises(IngestError, match=f"^symbol {new} is not listed"):
            await run_ingest(settings, stop, lambda _: None)
        await running.inject({"kind": "list", "symbol": new})
        await running.faults_over(5.0)
        second = asyncio.create_task(run_ingest(settings, stop, lambda _: None))
        try:
            log = running.log.symbols[new]
            await running.until(lambda: log.is_moving, RECOVERY_S, f"{new} is followed")
            await running.same_book(new, RECOVERY_S)
        finally:
            stop.set()
            await second
        for symbol in (HIT, OTHER):
            assert running.log.symbols[symbol].resets == [ResetReason.START]

"""Venues whose requests are counted together share a budget; what closes one closes it for both."""

from pathlib import Path

from ingest.rest_api.ban_file import BanFile
from ingest.rest_api.shared_budgets import SharedBudgets
from ingest.venues.registry import venue_of
from schemas.settings import IngestSettings, VenueName


async def test_only_the_futures_of_one_venue_share_a_budget(tmp_path: Path) -> None:
    budgets = SharedBudgets()
    names: tuple[VenueName, ...] = (
        "binance_usdm",
        "binance_coinm",
        "binance_spot",
        "bybit_linear",
        "okx_swap",
    )

    def of(name: VenueName, share: float = 0.5) -> object:
        settings = IngestSettings(venue=name, state_dir=tmp_path, weight_share=share)
        return budgets.of(venue_of(settings), settings, BanFile(tmp_path, settings.rest_url))

    usdm, coinm, *others = (of(name) for name in names)
    assert usdm is coinm
    assert len({id(one) for one in (usdm, *others)}) == 4


async def test_the_smaller_budget_counts_and_a_ban_of_either_closes_both(tmp_path: Path) -> None:
    budgets = SharedBudgets()
    usdm = IngestSettings(state_dir=tmp_path)
    coinm = IngestSettings(venue="binance_coinm", state_dir=tmp_path, weight_share=0.1)
    BanFile(tmp_path, coinm.rest_url).write(30.0)
    shared = budgets.of(venue_of(usdm), usdm, BanFile(tmp_path, usdm.rest_url))
    assert (shared.limit, shared.on_probation) == (1_200, False)
    budgets.of(venue_of(coinm), coinm, BanFile(tmp_path, coinm.rest_url))
    assert (shared.limit, shared.on_probation) == (240, True)

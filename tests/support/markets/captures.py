"""The real captures, which are not part of the repository: a test that needs one says so."""

from typing import Final

from tests.support.paths import REPOSITORY

_CAPTURES: Final = REPOSITORY / "../shared/data"
CAPTURE: Final = _CAPTURES / "binance_usdm/btcusdt_20240808.gz"
SPOT_CAPTURE: Final = _CAPTURES / "binance_spot/btcusdt_20240808.gz"
COINM_CAPTURE: Final = _CAPTURES / "binance_coinm/btcusd_perp_20240808.gz"
"""Quantities are contracts."""
BYBIT_BOOK: Final = _CAPTURES / "bybit/2024-12-01_XRPUSDT_ob500.data"
BYBIT_SPOT_BOOK: Final = _CAPTURES / "bybit/spot_orderbook50_20260824.jsonl"
BYBIT_FRAMES: Final = _CAPTURES / "bybit/v5_frames.jsonl"
BYBIT_ANSWERS: Final = _CAPTURES / "bybit/answers"
OKX_2022: Final = _CAPTURES / "okx/books_trades_20220513.gz"
OKX_INSTRUMENTS: Final = _CAPTURES / "okx/instruments_swap_20220513.json"
OKX_SPOT_BOOK: Final = _CAPTURES / "okx/spot_books_20260824.jsonl"
OKX_FRAMES: Final = _CAPTURES / "okx/swap_frames.jsonl"
OKX_ANSWERS: Final = _CAPTURES / "okx/answers"
ALL_CAPTURES: Final = (CAPTURE, SPOT_CAPTURE, COINM_CAPTURE)
"""Three markets of one coin at the same time, without a gap."""

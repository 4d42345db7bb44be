"""Binance COIN-M futures, described: USD-M's protocol with quantities in contracts.

Sources: https://developers.binance.com/docs/derivatives/coin-margined-futures (general-info,
websocket-market-streams, market-data/rest-api). One root carries every stream. A contract is an
amount of dollars, `contractSize` of exchangeInfo; its base quantity is contracts x size / price.
"""

from typing import Final

from ingest.venues.binance.answers import SymbolEntry
from ingest.venues.binance.usdm import PERPETUALS, TAPE_KINDS, BinanceUsdm
from ingest.venues.stream_rules import StreamRoute
from schemas.instrument import MarketKind

CONTRACT_USD: Final = 10.0
"""USD of one contract where no listing tells it."""
BTC_CONTRACT_USD: Final = 100.0
"""`contractSize` of BTCUSD_PERP, as in the example of GET /dapi/v1/exchangeInfo."""


class BinanceCoinm(BinanceUsdm):
    """Binance COIN-M futures at the addresses of the settings."""

    name = "binance_coinm"
    kind = MarketKind.INVERSE
    depth_tells_time = True
    """Depth and trades come on one connection."""
    rest_root = "/dapi/v1"

    def _routes(self, root: str, book_kinds: tuple[str, ...]) -> tuple[StreamRoute, ...]:
        kinds = (*book_kinds, *TAPE_KINDS)
        return (StreamRoute("coinm", f"{root}/stream", kinds, True, True),)

    def _contract_size(self, symbol: str) -> float:
        return BTC_CONTRACT_USD if symbol.startswith("BTC") else CONTRACT_USD

    def _in_all(self, entry: SymbolEntry) -> tuple[bool, str]:
        return entry.contract in PERPETUALS, ""

"""Protocol differences between the venue's markets (USD-M, spot, COIN-M): data, no behaviour.

Sources: https://developers.binance.com/docs/derivatives/usds-margined-futures and
https://developers.binance.com/docs/binance-spot-api-docs (web-socket-streams, rest-api). USD-M
futures: since April 2026 order-book streams live on `/public` and everything else on `/market`; a
stream that is subscribed on the other route is acknowledged and stays silent. The old root behaves
like `/public`. Spot has one root for everything, no contracts, and updates without `pu`, whose
ids have no holes. COIN-M has one root for everything and counts in contracts of 100 USD (BTC) or
10 USD (all others); its requests count against the weight of USD-M since 2026-06-30:
https://developers.binance.com/docs/derivatives/coin-margined-futures.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ingest.exchange.streams import ExchangeRoute
from schemas.instrument import base_and_quote
from schemas.settings import VenueName
from schemas.venues.binance import SPOT_WEIGHT_PER_MINUTE

ALL_BOOK_TICKERS: Final = "!bookTicker"
ALL_LIQUIDATIONS: Final = "!forceOrder@arr"
ALL_TICKERS: Final = "!ticker@arr"
ALL_MINI_TICKERS: Final = "!miniTicker@arr"
ALL_MARK_PRICES_MS: Final = {"!markPrice@arr@1s": 1_000, "!markPrice@arr": 3_000}
"""Stream → its interval, ms."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One market of the venue."""

    venue: VenueName
    """Name as in `ingest.venue`."""
    limits: Mapping[str, float]
    """Default limits of `ExchangeConfig`."""
    roots: Mapping[str, ExchangeRoute]
    """Path prefix of `/ws` and `/stream` → route of its connections."""
    book_route: ExchangeRoute
    """Carries depth and book tickers."""
    tape_route: ExchangeRoute
    """Carries everything else."""
    tape_kinds: frozenset[str]
    depth_intervals_ms: Mapping[str, int]
    """Kind of depth stream → interval between two frames, ms; 0: every change of the book."""
    mark_prices_ms: Mapping[str, int]
    """Kind of mark-price stream → its interval, ms; empty: a market without contracts."""
    rest_root: str
    depth_weights: tuple[tuple[int, int], ...]
    """(largest number of levels, request weight), ascending."""
    depth_limits: frozenset[int]
    """Numbers of levels that may be asked for; empty: any up to the largest."""
    default_depth_limit: int
    exchange_info_weight: int
    agg_trades_weight: int
    price_weight: int
    halted: str
    """Status of a symbol that is being delisted."""
    absent_fields: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Kind of payload → USD-M fields that this market lacks."""
    renamed_fields: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Kind of payload → USD-M field → this market's name of it."""
    symbol_pattern: str = r"[A-Z0-9]+"
    """What its symbols look like."""
    symbols: tuple[str, ...] = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
    """Served where none are named."""
    has_statistics: bool = False
    """Whether there are candles, on the stream too, tickers and single trades, and, where there
    are contracts, funding and open interest over time."""
    tickers_ms: int = 0
    """Between two frames of one symbol's ticker, where the market has that stream."""
    all_markets: frozenset[str] = frozenset()
    """Streams of all symbols together."""
    lag_ms: int = 0
    """How much later than USD-M the price of a simulated coin moves."""
    basis_bps: float = 0.0
    """Its price against that of USD-M."""
    counts_with: VenueName | None = None
    """The market against whose weight requests count too; None: against its own."""
    is_streamed: bool = False
    """Whether books come on the stream; frames and requests are then those of `streamed`."""
    contract_usd: Mapping[str, float] = field(default_factory=dict)
    """Coin → USD of one contract, for all others that of the empty coin; empty: quantities are
    coins."""

    @property
    def is_coin_margined(self) -> bool:
        """Whether quantities are contracts that are worth some USD."""
        return bool(self.contract_usd)

    @property
    def has_contracts(self) -> bool:
        """Whether there is open interest, a mark price and funding."""
        return bool(self.mark_prices_ms)

    def usd_of_contract(self, symbol: str) -> float | None:
        """Return the USD of one contract of a symbol; None where quantities are coins."""
        if not self.is_coin_margined:
            return None
        return self.contract_usd.get(base_and_quote(symbol)[0], self.contract_usd[""])

    @property
    def depth_path(self) -> str:
        """REST path of depth snapshots."""
        return f"{self.rest_root}/depth"

    def route_of(self, stream: str) -> ExchangeRoute | None:
        """Return the route that carries `stream`, None if the market has no such stream."""
        symbol, _, kind = stream.partition("@")
        if symbol.startswith("!"):
            return self._route_of_all(stream)
        if kind in self.depth_intervals_ms or kind == "bookTicker":
            return self.book_route
        if kind in self.tape_kinds or kind in self.mark_prices_ms or kind.startswith("kline_"):
            return self.tape_route
        return None

    def carries(self, route: ExchangeRoute, stream: str) -> bool:
        """Whether connections of a route are sent `stream`."""
        found = self.route_of(stream)
        if found is self.tape_route and stream.endswith("@trade"):
            # The stream of single trades is not documented: clients find it beside the book.
            return route in (self.tape_route, self.book_route)
        return found is route

    def _route_of_all(self, stream: str) -> ExchangeRoute | None:
        if stream not in self.all_markets:
            return None
        return self.book_route if stream == ALL_BOOK_TICKERS else self.tape_route

    def depth_streams(self, symbol: str) -> tuple[str, ...]:
        """Return every depth stream of a symbol (any case)."""
        lower = symbol.lower()
        return tuple(f"{lower}@{kind}" for kind in self.depth_intervals_ms)

    def depth_weight(self, limit: int) -> int | None:
        """Return the weight of a snapshot of so many levels a side; None: the limit is refused."""
        if limit < 1 or (self.depth_limits and limit not in self.depth_limits):
            return None
        return next((weight for most, weight in self.depth_weights if limit <= most), None)

    def has_field(self, kind: str, name: str) -> bool:
        """Return whether payloads of a kind have this USD-M field."""
        return name not in self.absent_fields.get(kind, ())

    @property
    def has_holes(self) -> bool:
        """Whether update ids jump between frames, so that frames carry `pu`."""
        return self.has_field("depthUpdate", "pu")

    def without_absent(self, kind: str, fields: dict[str, Any]) -> dict[str, Any]:
        """Return a USD-M payload without the fields that this market lacks, others renamed."""
        absent_fields = self.absent_fields.get(kind, frozenset())
        names = self.renamed_fields.get(kind, {})
        if not absent_fields and not names:
            return fields
        return {
            names.get(name, name): value
            for name, value in fields.items()
            if name not in absent_fields
        }


USDM: Final = Dialect(
    venue="binance_usdm",
    limits={},
    roots={
        "/public": ExchangeRoute.PUBLIC,
        "/market": ExchangeRoute.MARKET,
        "/private": ExchangeRoute.PRIVATE,
        "": ExchangeRoute.PUBLIC,
    },
    book_route=ExchangeRoute.PUBLIC,
    tape_route=ExchangeRoute.MARKET,
    tape_kinds=frozenset({"aggTrade", "trade", "forceOrder", "ticker", "miniTicker"}),
    depth_intervals_ms={
        "depth@0ms": 0,
        "depth@100ms": 100,
        "depth": 250,
        "depth@250ms": 250,
        "depth@500ms": 500,
    },
    mark_prices_ms={"markPrice@1s": 1_000, "markPrice": 3_000},
    rest_root="/fapi/v1",
    depth_weights=((50, 2), (100, 5), (500, 10), (1_000, 20)),
    depth_limits=frozenset({5, 10, 20, 50, 100, 500, 1_000}),
    default_depth_limit=500,
    exchange_info_weight=1,
    agg_trades_weight=20,
    price_weight=1,
    halted="SETTLING",
    has_statistics=True,
    tickers_ms=2_000,
    all_markets=frozenset(
        {ALL_BOOK_TICKERS, ALL_LIQUIDATIONS, ALL_TICKERS, ALL_MINI_TICKERS, *ALL_MARK_PRICES_MS}
    ),
)

SPOT: Final = Dialect(
    venue="binance_spot",
    limits={
        "weight_limit": SPOT_WEIGHT_PER_MINUTE,
        "messages_per_s": 5,
        "ping_interval_s": 20.0,
        "pong_timeout_s": 60.0,
    },
    roots={"": ExchangeRoute.SPOT},
    book_route=ExchangeRoute.SPOT,
    tape_route=ExchangeRoute.SPOT,
    tape_kinds=frozenset({"aggTrade", "trade", "ticker", "miniTicker"}),
    depth_intervals_ms={"depth@100ms": 100, "depth": 1_000},
    mark_prices_ms={},
    rest_root="/api/v3",
    lag_ms=300,
    basis_bps=4.5,
    depth_weights=((100, 5), (500, 25), (1_000, 50), (5_000, 250)),
    depth_limits=frozenset(),
    default_depth_limit=100,
    exchange_info_weight=20,
    agg_trades_weight=4,
    price_weight=2,
    halted="BREAK",
    has_statistics=True,
    tickers_ms=1_000,
    # The whole tickers of all symbols are documented no longer.
    all_markets=frozenset({ALL_MINI_TICKERS}),
    absent_fields={
        "depthUpdate": frozenset({"T", "pu"}),
        "snapshot": frozenset({"E", "T"}),
        "bookTicker": frozenset({"e", "T", "E"}),
        "trade": frozenset({"X"}),
        "quotes": frozenset({"time", "lastUpdateId"}),
        "single": frozenset({"isRPITrade"}),
        "symbol": frozenset(
            {
                "pair",
                "contractType",
                "deliveryDate",
                "onboardDate",
                "maintMarginPercent",
                "requiredMarginPercent",
                "marginAsset",
                "pricePrecision",
                "quantityPrecision",
                "underlyingType",
                "underlyingSubType",
                "settlePlan",
                "triggerProtect",
                "liquidationFee",
                "marketTakeBound",
                "maxMoveOrderLimit",
                "timeInForce",
            }
        ),
    },
)

COINM: Final = replace(
    USDM,
    venue="binance_coinm",
    tickers_ms=500,
    all_markets=frozenset({ALL_BOOK_TICKERS, ALL_LIQUIDATIONS, ALL_TICKERS, ALL_MINI_TICKERS}),
    counts_with="binance_usdm",
    roots={"": ExchangeRoute.COINM},
    book_route=ExchangeRoute.COINM,
    tape_route=ExchangeRoute.COINM,
    rest_root="/dapi/v1",
    lag_ms=200,
    basis_bps=1.8,
    symbol_pattern=r"[A-Z0-9]+USD_(PERP|[0-9]{6})",
    symbols=("BTCUSD_PERP", "ETHUSD_PERP", "SOLUSD_PERP"),
    contract_usd={"BTC": 100.0, "": 10.0},
    absent_fields={
        "single": frozenset({"isRPITrade"}),
        "funding": frozenset({"markPrice", "rateType"}),
    },
    renamed_fields={
        "symbol": {"status": "contractStatus"},
        "single": {"quoteQty": "baseQty"},
        "day": {"quoteVolume": "baseVolume"},
    },
)

BYBIT: Final = replace(
    USDM,
    venue="bybit_linear",
    has_statistics=False,
    all_markets=frozenset(),
    limits={"weight_limit": 600, "weight_window_s": 5.0},
    lag_ms=100,
    basis_bps=0.4,
    roots={},
    book_route=ExchangeRoute.STREAMED,
    tape_route=ExchangeRoute.STREAMED,
    tape_kinds=frozenset({"aggTrade"}),
    depth_intervals_ms={"depth@100ms": 100},
    mark_prices_ms={"markPrice@1s": 1_000},
    is_streamed=True,
)

OKX: Final = replace(
    BYBIT,
    venue="okx_swap",
    limits={"weight_limit": 40, "weight_window_s": 2.0, "silence_s": 30.0},
    basis_bps=-0.6,
    tape_kinds=frozenset({"aggTrade", "openInterest", "fundingRate"}),
    symbol_pattern=r"[A-Z0-9]+-[A-Z]+-SWAP",
    symbols=("BTC-USDT-SWAP", "ETH-USDT-SWAP", "SOL-USDT-SWAP"),
)

OKX_SPOT: Final = replace(
    OKX,
    venue="okx_spot",
    lag_ms=300,
    basis_bps=4.1,
    tape_kinds=frozenset({"aggTrade"}),
    mark_prices_ms={},
    symbol_pattern=r"[A-Z0-9]+-[A-Z]+",
    symbols=("BTC-USDT", "ETH-USDT", "SOL-USDT"),
)

DIALECTS: Final[Mapping[str, Dialect]] = {
    d.venue: d for d in (USDM, SPOT, COINM, BYBIT, OKX, OKX_SPOT)
}

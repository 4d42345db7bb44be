"""Protocol differences between the venue's markets (USD-M, spot): data, no behaviour.

Sources: https://developers.binance.com/docs/derivatives/usds-margined-futures and
https://developers.binance.com/docs/binance-spot-api-docs (web-socket-streams, rest-api). USD-M
futures: since April 2026 order-book streams live on `/public` and everything else on `/market`; a
stream that is subscribed on the other route is acknowledged and stays silent. The old root behaves
like `/public`. Spot has one root for everything, no contracts, and updates without `pu`, whose
ids have no holes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ingest.exchange.streams import ExchangeRoute
from schemas.settings import SPOT_WEIGHT_PER_MINUTE, VenueName


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
    halted: str
    """Status of a symbol that is being delisted."""
    absent_fields: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Kind of payload → USD-M fields that this market lacks."""

    @property
    def has_contracts(self) -> bool:
        """Whether there is open interest, a mark price and funding."""
        return bool(self.mark_prices_ms)

    @property
    def depth_path(self) -> str:
        """REST path of depth snapshots."""
        return f"{self.rest_root}/depth"

    def route_of(self, stream: str) -> ExchangeRoute | None:
        """Return the route that carries `stream`, None if the market has no such stream."""
        _, _, kind = stream.partition("@")
        if kind in self.depth_intervals_ms or kind == "bookTicker":
            return self.book_route
        if kind in self.tape_kinds or kind in self.mark_prices_ms or kind.startswith("kline_"):
            return self.tape_route
        return None

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
        """Return a USD-M payload without the fields that this market lacks."""
        absent_fields = self.absent_fields.get(kind)
        if not absent_fields:
            return fields
        return {name: value for name, value in fields.items() if name not in absent_fields}


USDM: Final = Dialect(
    venue="binance_usdm",
    limits={},
    roots={
        "/public": ExchangeRoute.PUBLIC,
        "/market": ExchangeRoute.MARKET,
        "": ExchangeRoute.PUBLIC,
    },
    book_route=ExchangeRoute.PUBLIC,
    tape_route=ExchangeRoute.MARKET,
    tape_kinds=frozenset({"aggTrade", "trade", "forceOrder"}),
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
    halted="SETTLING",
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
    tape_kinds=frozenset({"aggTrade", "trade"}),
    depth_intervals_ms={"depth@100ms": 100, "depth": 1_000},
    mark_prices_ms={},
    rest_root="/api/v3",
    depth_weights=((100, 5), (500, 25), (1_000, 50), (5_000, 250)),
    depth_limits=frozenset(),
    default_depth_limit=100,
    exchange_info_weight=20,
    agg_trades_weight=4,
    halted="BREAK",
    absent_fields={
        "depthUpdate": frozenset({"T", "pu"}),
        "snapshot": frozenset({"E", "T"}),
        "bookTicker": frozenset({"e", "T", "E"}),
        "trade": frozenset({"X"}),
        "symbol": frozenset({"pair", "contractType", "marginAsset", "underlyingType"}),
    },
)

DIALECTS: Final[Mapping[str, Dialect]] = {dialect.venue: dialect for dialect in (USDM, SPOT)}

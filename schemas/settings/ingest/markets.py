"""Which markets are watched and how gently."""

from pathlib import Path
from typing import Any, Final

from pydantic import Field, field_validator, model_validator

from schemas.settings.section import Section
from schemas.venues.known import FACTS, VenueName

OF_ONE_VENUE: Final = frozenset(
    {
        "venue",
        "symbols",
        "smart_money_symbols",
        "websocket_url",
        "rest_url",
        "weight_per_minute",
        "weight_window_s",
        "snapshot_limit",
        "markets",
        "venue_settings",
    }
)
"""Settings that are never shared by several venues."""


class IngestSettings(Section):
    """Which markets are watched and how gently."""

    venue: VenueName = "binance_usdm"
    symbols: tuple[str, ...] = ("BTCUSDT", "ETHUSDT")
    """Watched for large orders; `all` alone: every trading perpetual in USDT."""
    smart_money_symbols: tuple[str, ...] = (
        "BTCUSDT",
        "ETHUSDT",
        "SOLUSDT",
        "ASTERUSDT",
        "MEMEUSDT",
        "4USDT",
    )
    """Watched as well, where the venue has them, for the 15-minute reading."""
    websocket_url: str = Field("wss://fstream.binance.com", pattern="^wss?://.+")
    """Root; paths are added by the venue. The default is that of the venue."""
    rest_url: str = Field("https://fapi.binance.com", pattern="^https?://.+")
    depth_interval: str = Field("100ms", pattern="^(0ms|100ms|250ms|500ms)$")
    book_ticker: bool = False
    pack_ms: int = Field(50, ge=0, le=1000)
    """Longest time a trade waits for others of its symbol."""
    heartbeat_ms: int = Field(1_000, ge=100, le=10_000)
    """Longest time without a record that moves a symbol's watermark."""
    clock_margin_ms: int = Field(400, ge=0, le=10_000)
    """How far a heartbeat stays behind the newest venue time of another stream: until the delays of
    a connection's trades are known, then half as much again as the greatest of these, but no more
    than this.

    What a quiet tape adds to the delay of a verdict. In captures of one machine a trade came at
    most 24 ms (USD-M) and 166 ms (spot) behind a newer depth update; `aggTrade` adds 100 ms.
    """
    max_ahead_ms: int = Field(2_000, ge=0, le=60_000)
    """A stated time further ahead of the venue's clock, as learned from all its streams, is
    dead-lettered; 0: the market is not played in real time, and the next frame confirms a jump."""
    open_interest_interval_s: float = Field(20.0, ge=0.2, le=3_600)
    smart_money_interval_s: float = Field(120.0, ge=0.2, le=3_600)
    """Between two open-interest polls of a symbol that is in smart_money_symbols alone."""
    snapshot_limit: int | None = Field(None, ge=5, le=5_000)
    """Levels a side of a depth snapshot; None: as many as the venue gives."""
    snapshot_timeout_s: float = Field(10.0, gt=0, le=60)
    weight_per_minute: int = Field(2_400, ge=1)
    """The venue's REST budget per IP in `weight_window_s`; the service stays below weight_share of
    it. The default is that of the venue, as with the addresses."""
    weight_share: float = Field(0.5, gt=0, le=1)
    weight_window_s: float = Field(60.0, gt=0, le=3_600)
    """Length of the time in which the venue counts weight; the default is that of the venue."""
    silence_s: float = Field(30.0, gt=0, le=3_600)
    """A stream that was subscribed and sends nothing for this long is reported silent.

    Once its own rate is known, the limit follows it, between a tenth of this and 20 times this.
    """
    connection_lifetime_s: float | None = Field(None, gt=0, le=86_400)
    """Age at which a connection is replaced; None: shortly before the venue closes it."""
    outbox_mb: int = Field(256, ge=1, le=65_536)
    """Memory for records that the broker has not taken; beyond it losses are explicit."""
    state_dir: Path | None = None
    """Where a ban is remembered over restarts; None: wallwatch in the user's state folder."""
    metrics_host: str = "127.0.0.1"
    """Where /metrics, /healthz and /readyz are served: an IPv4 address of this machine."""
    metrics_port: int = Field(0, ge=0, le=65_535)
    """Their port; 0: a free one, named in the ready line."""
    listing_interval_s: float = Field(600.0, ge=1, le=86_400)
    """How often the venue is asked which symbols trade, for the watch list `all`."""

    markets: dict[VenueName, tuple[str, ...]] = Field({})
    """Venue -> symbols, where several venues are followed at once; `venue` and `symbols` count for
    nothing then."""
    venue_settings: dict[VenueName, dict[str, Any]] = Field({})
    """Settings of one venue over the common ones: {"okx_swap": {"rest_url": "http://..."}}."""

    @field_validator("markets")
    @classmethod
    def _named(cls, markets: dict[VenueName, tuple[str, ...]]) -> dict[VenueName, tuple[str, ...]]:
        for venue, symbols in markets.items():
            if not any(symbol.strip() for symbol in symbols):
                raise ValueError(f"{venue} has no symbol: name at least one, or `all`")
        return markets

    def of_venue(self, venue: VenueName) -> "IngestSettings":
        """Return the settings of one of the `markets`: what the venue itself decides (addresses,
        budgets) has its defaults or `venue_settings`, everything else is common.

        Raises pydantic.ValidationError where `venue_settings` are wrong.
        """
        common = {
            name: getattr(self, name) for name in self.model_fields_set if name not in OF_ONE_VENUE
        }
        own = {"venue": venue, "symbols": self.markets[venue], "smart_money_symbols": ()}
        return IngestSettings(**{**common, **own, **self.venue_settings.get(venue, {})})

    @model_validator(mode="before")
    @classmethod
    def _defaults_of_the_venue(cls, values: Any) -> Any:
        if isinstance(values, dict):
            venue = values.get("venue")
            facts = FACTS.get(venue) if isinstance(venue, str) else None
            return {**(facts.defaults if facts else {}), **values}
        return values

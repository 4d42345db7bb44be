"""Which markets are watched and how gently."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from schemas.settings.section import Section

VenueName = Literal["binance_usdm", "binance_spot"]
"""Markets that ingest can follow."""

SPOT_WEBSOCKET_URL = "wss://stream.binance.com:9443"
SPOT_REST_URL = "https://api.binance.com"
SPOT_WEIGHT_PER_MINUTE = 6_000


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
    """How far a heartbeat stays behind the newest venue time of another stream.

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
    """The venue's REST budget per IP; the service stays below weight_share of it. The default is
    that of the venue, as with the addresses."""
    weight_share: float = Field(0.5, gt=0, le=1)
    weight_window_s: float = Field(60.0, gt=0, le=3_600)
    """Length of the venue's minute of weight; other than 60 only against a venue of our own."""
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

    @model_validator(mode="before")
    @classmethod
    def _defaults_of_the_venue(cls, values: Any) -> Any:
        if isinstance(values, dict) and values.get("venue") == "binance_spot":
            defaults = {
                "websocket_url": SPOT_WEBSOCKET_URL,
                "rest_url": SPOT_REST_URL,
                "weight_per_minute": SPOT_WEIGHT_PER_MINUTE,
            }
            return defaults | values
        return values

"""Every knob of wallwatch with its default, unit and allowed range.

Precedence, highest first: command-line flags, environment (`WALLWATCH_KAFKA__BROKERS=...`), the
TOML file named by `WALLWATCH_CONFIG` or `--config`, the defaults here.
"""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

CONFIG_VARIABLE = "WALLWATCH_CONFIG"
SPOT_WEBSOCKET_URL = "wss://stream.binance.com:9443"
SPOT_REST_URL = "https://api.binance.com"


class SettingsError(Exception):
    """A setting is wrong; the message names the field, the value and what is allowed."""


class Section(BaseModel):
    """A group of settings. Unknown names are refused, so a typing error is never silent."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class KafkaSettings(Section):
    """Where the topics live."""

    brokers: str = Field("127.0.0.1:9092", pattern=r"^[^\s:]+:\d+(,[^\s:]+:\d+)*$")
    """HOST:PORT[,HOST:PORT...]."""
    partitions: int = Field(16, ge=1, le=1024)
    """Partition count of all market.* and signals.* topics."""
    replication: int = Field(1, ge=1, le=10)
    compression: str = Field("lz4", pattern="^(none|gzip|lz4)$")
    retention_bytes: int = Field(-1, ge=-1)
    """Upper bound per partition of market.* and signals.*, bytes; -1: time alone limits."""
    retention_ms: int | None = Field(None, ge=-1)
    """Overrides the topic table's retention, ms. Replays of old captures need -1."""
    segment_bytes: int | None = Field(None, ge=16_384)
    """Segment size of all topics, bytes: retention and compaction take whole old segments only.

    None: the broker's default, and 16 MiB for the processors' state. Apache Kafka wants >= 1 MiB.
    """
    group: str = Field("wallwatch", min_length=1)
    """Application id of the processors: consumer group and prefix of internal topics."""
    linger_ms: int = Field(5, ge=0, le=1000)
    session_timeout_s: int = Field(10, ge=6, le=300)
    security_protocol: str = Field("PLAINTEXT", pattern="^(PLAINTEXT|SSL|SASL_PLAINTEXT|SASL_SSL)$")
    sasl_mechanism: str = Field("PLAIN", pattern="^(PLAIN|SCRAM-SHA-256|SCRAM-SHA-512)$")
    username: str = ""
    password: SecretStr = SecretStr("")
    """User of SASL_PLAINTEXT and SASL_SSL."""
    ca_file: str | None = None
    """Certificate authority of SSL and SASL_SSL; None: those that the system trusts."""

    @property
    def uses_sasl(self) -> bool:
        """Whether brokers ask for user and password."""
        return self.security_protocol.startswith("SASL_")

    @property
    def uses_tls(self) -> bool:
        """Whether the connection is encrypted."""
        return self.security_protocol.endswith("SSL")

    @model_validator(mode="after")
    def _named_user(self) -> KafkaSettings:
        if self.uses_sasl and not (self.username and self.password.get_secret_value()):
            raise ValueError(
                f"security_protocol {self.security_protocol} needs username and password"
            )
        return self


class ClickHouseSettings(Section):
    """Where rows go."""

    url: str = Field("http://127.0.0.1:8123", pattern=r"^(chdb:|https?://).+")
    """`chdb:PATH` for the engine in process, `http(s)://host:port` for a server."""
    user: str = "default"
    password: SecretStr = SecretStr("")
    database: str = Field("wallwatch", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    batch_rows: int = Field(5_000, ge=1, le=1_000_000)
    batch_ms: int = Field(500, ge=10, le=60_000)
    """A batch is written when it has batch_rows rows or is batch_ms old."""
    replicated: bool = False
    """True: several servers keep the same rows. The database is made as `Replicated`, its tables on
    replicated engines; the servers need a keeper and the macros {shard} and {replica}."""
    keep_days: int = Field(400, ge=0, le=36_500)
    """Signals and open interest are deleted this long after they were received; 0: never."""
    keep_book_days: int = Field(90, ge=0, le=36_500)
    """The same for the book of each second and the states of the streams, which need most room."""


class IngestSettings(Section):
    """Which markets are watched and how gently."""

    venue: str = Field("binance_usdm", pattern="^(binance_usdm|binance_spot)$")
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
    clock_margin_ms: int = Field(500, ge=0, le=10_000)
    """How far a heartbeat stays behind the newest venue time of another stream."""
    open_interest_interval_s: float = Field(20.0, ge=0.2, le=3_600)
    smart_money_interval_s: float = Field(120.0, ge=0.2, le=3_600)
    """Between two open-interest polls of a symbol that is in smart_money_symbols alone."""
    snapshot_limit: int | None = Field(None, ge=5, le=5_000)
    """Levels a side of a depth snapshot; None: as many as the venue gives."""
    snapshot_timeout_s: float = Field(10.0, gt=0, le=60)
    weight_per_minute: int = Field(2_400, ge=1)
    """The venue's REST budget per IP; the service stays below weight_share of it."""
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
    metrics_port: int = Field(0, ge=0, le=65_535)
    """Of /metrics, /healthz and /readyz on loopback; 0: a free port, named in the ready line."""
    listing_interval_s: float = Field(600.0, ge=1, le=86_400)
    """How often the venue is asked which symbols trade, for the watch list `all`."""

    @model_validator(mode="before")
    @classmethod
    def _addresses_of_the_venue(cls, values: Any) -> Any:
        if isinstance(values, dict) and values.get("venue") == "binance_spot":
            return {"websocket_url": SPOT_WEBSOCKET_URL, "rest_url": SPOT_REST_URL} | values
        return values


class ThresholdMode(StrEnum):
    """How the large-order threshold is found."""

    ABSOLUTE = "absolute"
    ADAPTIVE = "adaptive"


class ThresholdSettings(Section):
    """From which notional a price level is a large order."""

    mode: ThresholdMode = ThresholdMode.ADAPTIVE
    absolute_usd: float = Field(100_000_000, gt=0)
    floor_usd: float = Field(1_000_000, gt=0)
    multiple: float = Field(5.0, gt=0)
    quantile: float = Field(0.99, gt=0, lt=1)
    band_pct: float = Field(2.0, gt=0, le=50)
    """Levels within this distance of mid count, %."""
    window_s: int = Field(900, ge=1, le=86_400)
    warmup_s: int = Field(30, ge=0, le=86_400)
    """Before the window holds this much, floor_usd x multiple is used."""
    sample_s: int = Field(5, ge=1, le=600)
    """Interval between two samples of the level notionals."""
    exit_fraction: float = Field(0.5, gt=0, le=1)
    """Tracked until the value falls below this share of the threshold at opening."""


class LifecycleSettings(Section):
    """How a tracked order is followed."""

    min_lifetime_ms: int = Field(250, ge=0, le=60_000)
    """Levels that lived shorter count as flicker; 0 switches this off."""
    consume_timeout_ms: int = Field(2_000, ge=0, le=600_000)
    """An order consumed below its exit line stays open until this long without a trade."""
    max_tracked: int = Field(100, ge=1, le=10_000)
    persistent_observations: int = Field(3, ge=1)
    persistent_ms: int = Field(10_000, ge=0)
    refill_ms: int = Field(1_000, ge=0)
    refill_fraction: float = Field(0.8, gt=0, le=1)
    iceberg_refills: int = Field(2, ge=1)
    impact_levels: int = Field(50, ge=1, le=1_000)
    """Levels of each side that the impact ratio compares with."""


class SpoofWeights(Section):
    """What each piece of evidence (0 to 1) adds to the spoof score.

    Found by `wallwatch evaluate --tune` on its tuning seeds; see docs/detection.md.
    """

    short_life: float = Field(0.03, ge=0, le=1)
    low_fill: float = Field(0.38, ge=0, le=1)
    approach: float = Field(0.47, ge=0, le=1)
    nearness: float = Field(0.03, ge=0, le=1)
    opposite_flow: float = Field(0.03, ge=0, le=1)
    earlier_pulls: float = Field(0.03, ge=0, le=1)
    layering: float = Field(0.03, ge=0, le=1)

    @model_validator(mode="after")
    def _at_most_one(self) -> SpoofWeights:
        total = sum(self.model_dump().values())
        if total > 1 + 1e-9:
            raise ValueError(f"the weights add up to {total:.3f}, allowed is at most 1")
        return self


class ClassifySettings(Section):
    """Limits of the class table."""

    impact_ratio: float = Field(0.25, gt=0)
    spoof_lifetime_ms: int = Field(3_000, ge=0)
    spoof_fill_ratio: float = Field(0.2, ge=0, le=1)
    spoof_score: float = Field(0.7, ge=0, le=1)
    spoof_weights: SpoofWeights = SpoofWeights()
    sweep_fill_ratio: float = Field(0.3, gt=0, le=1)
    pattern_spoofs: int = Field(2, ge=1)
    pattern_window_ms: int = Field(60_000, ge=0)
    pattern_bps: float = Field(25.0, gt=0)
    layering_orders: int = Field(3, ge=2)
    layering_window_ms: int = Field(1_000, ge=0)


class FlowSettings(Section):
    """Bars and cumulative volume delta."""

    cvd_window_ms: int = Field(14_400_000, ge=60_000)
    z_points: int = Field(12, ge=3)
    max_gap_ms: int = Field(60_000, ge=1_000)
    """A trade stream silent for longer was away: no empty bars are invented for that time."""


class BookSettings(Section):
    """What is kept and reported of the book."""

    obi_levels: int = Field(20, ge=1, le=1_000)
    depth_bps: tuple[float, ...] = (10.0, 25.0, 50.0, 100.0, 200.0)
    heat_bucket_bps: float = Field(5.0, gt=0, le=100)
    heat_range_bps: float = Field(100.0, gt=0, le=2_000)
    state_band_pct: float = Field(10.0, gt=0, le=100)
    """Levels beyond this distance of mid are left out of the book, %."""


class ActionSettings(Section):
    """Scores and the final action."""

    lead: float = Field(2.0, gt=0)
    sweep_score: float = Field(2.0, ge=0)
    defensive_score: float = Field(1.5, ge=0)
    open_order_score: float = Field(1.0, ge=0)
    cvd_score: float = Field(0.5, ge=0)
    oi_score: float = Field(0.5, ge=0)
    closed_memory_ms: int = Field(60_000, ge=0)
    """Closed orders count for this long."""
    manipulation_spoofs: int = Field(2, ge=1)
    repeat_ms: int = Field(60_000, ge=1_000)
    """An unchanged action is emitted again after this long."""


class SmartMoneySettings(Section):
    """The reading of the closed 15-minute bar."""

    move_pct: float = Field(0.5, gt=0, le=50)
    """A price change beyond this is a move, %."""
    flat_pct: float = Field(0.2, gt=0, le=50)
    """A price change within this is flat, %."""
    cvd_z: float = Field(0.5, ge=0, le=10)
    z_scale: float = Field(3.0, gt=0)
    """A z-score of this size gives its full share of the confidence."""
    cvd_weight: float = Field(0.5, ge=0, le=1)
    oi_weight: float = Field(0.3, ge=0, le=1)
    price_weight: float = Field(0.2, ge=0, le=1)
    ema_short: int = Field(20, ge=2, le=1_000)
    ema_long: int = Field(50, ge=2, le=1_000)
    """Lengths of the trend averages, bars of 15 min."""
    trend_factor: float = Field(1.2, ge=1, le=5)
    agreement_factor: float = Field(1.3, ge=1, le=5)
    confidence_cap: float = Field(0.95, gt=0, le=1)
    strong_score: float = Field(5.0, gt=0)
    """buy_score + sell_score beyond which a disagreeing order signal leads."""
    strong_confidence: float = Field(0.75, gt=0, le=1)
    minimum_confidence: float = Field(0.5, ge=0, le=1)
    """From this confidence on a reading other than UNKNOWN counts as smart money."""


class AlertSettings(Section):
    """Traps and swans."""

    trap_lifetime_ms: int = Field(3_000, ge=0)
    trap_cancelled: float = Field(0.8, gt=0, le=1)
    """Share of the largest quantity that must have been cancelled."""
    trap_flat_bps: float = Field(2.0, ge=0)
    """A mid that moved less than this in the lure's direction did not follow it, bps."""
    swan_window_ms: int = Field(300_000, ge=1_000)
    swan_price_pct: float = Field(3.0, gt=0, le=100)
    swan_oi_pct: float = Field(5.0, gt=0, le=100)
    swan_impact_ratio: float = Field(0.20, gt=0)
    swan_consumed: float = Field(0.3, gt=0, le=1)
    watch_volume_ratio: float = Field(0.03, gt=0)
    """Order value against the traded volume of 24 h."""
    watch_oi_ratio: float = Field(0.05, gt=0)
    """Order value against the open interest."""


class EngineSettings(Section):
    """The detection engine; overridable per symbol."""

    threshold: ThresholdSettings = ThresholdSettings()
    lifecycle: LifecycleSettings = LifecycleSettings()
    classify: ClassifySettings = ClassifySettings()
    flow: FlowSettings = FlowSettings()
    book: BookSettings = BookSettings()
    action: ActionSettings = ActionSettings()
    smart_money: SmartMoneySettings = SmartMoneySettings()
    alerts: AlertSettings = AlertSettings()

    @cached_property
    def version(self) -> str:
        """Short hash of every value, recorded with the signals they produced."""
        return hashlib.blake2b(self.model_dump_json().encode(), digest_size=6).hexdigest()


class WorkerSettings(Section):
    """The Faust shell around the engine."""

    checkpoint_s: float = Field(3.0, gt=0, le=600)
    """Interval between two writes of the state: what a restart has to replay."""
    max_ahead: int = Field(20_000, ge=100)
    """Records of one stream waiting for another before the stream is paused."""
    instance_id: str = Field("worker-1", min_length=1)
    """Static group membership: a restarted worker gets its partitions back at once."""


class WebSettings(Section):
    """The live page and the HTTP API."""

    host: str = "127.0.0.1"
    port: int = Field(0, ge=0, le=65_535)
    """0: a free port."""
    stack_pid: int | None = None
    """Process whose tree is summed for the memory figure; None: this process alone."""
    token: SecretStr = SecretStr("")
    """What a request that changes something must present; empty: nothing can be changed."""


class NotifyFormat(StrEnum):
    """Body of a notification."""

    JSON = "json"
    TELEGRAM = "telegram"


class NotifySettings(Section):
    """Alerts to a webhook."""

    url: SecretStr = SecretStr("")
    """http(s)://..., where alerts are posted; empty: nowhere. Secret, as it often holds a token."""
    format: NotifyFormat = NotifyFormat.JSON
    telegram_chat: str = ""
    """Chat that a Telegram bot writes to; its url is https://api.telegram.org/bot.../sendMessage"""
    min_level: str = Field("HIGH", pattern="^(WATCH|HIGH|CRITICAL)$")
    rules: tuple[str, ...] = ("trap", "swan", "feed")
    cooldown_s: float = Field(60.0, ge=0, le=86_400)
    """One notification of a rule and symbol in this time, unless the level rises."""
    lookback_s: float = Field(60.0, ge=1, le=3_600)
    """After a start, alerts that were received up to this long ago are still told."""
    poll_s: float = Field(1.0, ge=0.1, le=60)
    timeout_s: float = Field(5.0, gt=0, le=60)
    attempts: int = Field(6, ge=1, le=20)
    backoff_s: float = Field(1.0, ge=0.01, le=60)
    """Wait after the first failure; doubled after each, up to a minute."""

    @model_validator(mode="after")
    def _complete(self) -> NotifySettings:
        url = self.url.get_secret_value()
        if url and not url.startswith(("http://", "https://")):
            raise ValueError("notify.url must start with http:// or https://")
        if url and self.format is NotifyFormat.TELEGRAM and not self.telegram_chat:
            raise ValueError("notify.format telegram needs notify.telegram_chat")
        return self


class Settings(BaseSettings):
    """All settings of one process."""

    model_config = SettingsConfigDict(
        env_prefix="WALLWATCH_", env_nested_delimiter="__", frozen=True, extra="forbid"
    )
    kafka: KafkaSettings = KafkaSettings()
    clickhouse: ClickHouseSettings = ClickHouseSettings()
    ingest: IngestSettings = IngestSettings()
    engine: EngineSettings = EngineSettings()
    symbols: dict[str, dict[str, Any]] = {}
    """Engine settings per symbol, merged over `engine`: {"BTCUSDT": {"threshold": {...}}}."""
    worker: WorkerSettings = WorkerSettings()
    web: WebSettings = WebSettings()
    notify: NotifySettings = NotifySettings()

    def engine_for(self, symbol: str) -> EngineSettings:
        """Return the engine settings of one symbol. Raises pydantic.ValidationError."""
        overrides = self.symbols.get(symbol)
        if not overrides:
            return self.engine
        return EngineSettings.model_validate(merged(self.engine.model_dump(), overrides))

    def as_environment(self) -> dict[str, str]:
        """Return the environment variables from which a child process gets these same settings."""
        document = self.model_dump(mode="json")
        document["clickhouse"]["password"] = self.clickhouse.password.get_secret_value()
        document["kafka"]["password"] = self.kafka.password.get_secret_value()
        document["web"]["token"] = self.web.token.get_secret_value()
        document["notify"]["url"] = self.notify.url.get_secret_value()
        return {f"WALLWATCH_{name.upper()}": json.dumps(value) for name, value in document.items()}


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Return `base` with the values of `over` laid over it, section by section."""
    result = dict(base)
    for name, value in over.items():
        old = result.get(name)
        both = isinstance(old, dict) and isinstance(value, dict)
        result[name] = merged(old, value) if both else value  # type: ignore[arg-type]
    return result


def load_settings(config: Path | None = None, flags: dict[str, Any] | None = None) -> Settings:
    """Return the settings from flags, environment, file and defaults, in this precedence.

    Raises SettingsError with one line a wrong value: the field, what is wrong, what was given.
    """
    if config is None and (named := os.environ.get(CONFIG_VARIABLE)):
        config = Path(named)
    if config is not None:
        _check_file(config)

    class _Layered(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            file = TomlConfigSettingsSource(settings_cls, toml_file=config)
            return init_settings, env_settings, file

    try:
        settings = _Layered(**(flags or {}))
        for symbol in settings.symbols:
            settings.engine_for(symbol)
    except ValidationError as error:
        raise SettingsError(_explain(error)) from None
    except ValueError as error:
        # pydantic-settings wraps an environment value that is no JSON.
        raise SettingsError(f"{error}: {error.__cause__}") from None
    return settings


def _check_file(config: Path) -> None:
    try:
        tomllib.loads(config.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{config}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{config}: not a TOML file: {error}") from None


def _explain(error: ValidationError) -> str:
    lines = []
    for detail in error.errors():
        field = ".".join(str(part) for part in detail["loc"])
        given = detail["input"]
        shown = f" (given: {given!r})" if not isinstance(given, dict) else ""
        lines.append(f"setting {field}: {detail['msg']}{shown}")
    return "\n".join(lines)

"""All settings of one process."""

import json
from typing import Annotated, Any

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.quotes import OTHERS, quote_of
from schemas.settings.clickhouse import ClickHouseSettings
from schemas.settings.engine import EngineSettings
from schemas.settings.ingest import IngestSettings
from schemas.settings.kafka import KafkaSettings
from schemas.settings.readings import ProofSettings
from schemas.settings.shapes import CrossSettings
from schemas.settings.sql import SqlSettings
from schemas.settings.telling.rules import RulesSettings
from schemas.settings.web import NotifySettings, WebSettings
from schemas.settings.worker import WorkerSettings


class Settings(BaseSettings):
    """All settings of one process."""

    model_config = SettingsConfigDict(
        env_prefix="WALLWATCH_", env_nested_delimiter="__", frozen=True, extra="forbid"
    )
    kafka: KafkaSettings = KafkaSettings()
    clickhouse: ClickHouseSettings = ClickHouseSettings()
    ingest: IngestSettings = IngestSettings()
    engine: EngineSettings = EngineSettings()
    cross: CrossSettings = CrossSettings()
    symbols: dict[str, dict[str, Any]] = {}
    """Engine settings per symbol, merged over `engine`: {"BTCUSDT": {"threshold": {...}}}."""
    quotes: dict[str, Annotated[float, Field(gt=1e-12, lt=1e12)]] = {}
    """USD that one unit of a quote currency is worth: {"BTC": 100000, "TRY": 0.024}. It takes the
    place of the rate that ingest learns from the venue's own market."""

    @field_validator("quotes")
    @classmethod
    def _upper(cls, quotes: dict[str, float]) -> dict[str, float]:
        return {name.strip().upper(): usd for name, usd in quotes.items()}

    worker: WorkerSettings = WorkerSettings()
    web: WebSettings = WebSettings()
    sql: SqlSettings = SqlSettings()
    notify: NotifySettings = NotifySettings()
    alerts: RulesSettings = RulesSettings()
    proof: ProofSettings = ProofSettings()

    def engine_for(self, symbol: str, *overrides: dict[str, Any]) -> EngineSettings:
        """Return the engine settings of one symbol, with overrides laid over them, the later ones
        on top. Raises pydantic.ValidationError.
        """
        over = [found for found in (self.symbols.get(symbol), *overrides) if found]
        if not over:
            return self.engine
        values = self.engine.model_dump()
        for override in over:
            values = merged(values, override)
        return EngineSettings.model_validate(values)

    def quote_usd(self, symbol: str) -> float | None:
        """Return what one unit of the symbol's quote currency is worth in USD, as far as settings
        and name tell; None where the venue's own market has to tell it."""
        quote = quote_of(symbol, self.quotes)
        return self.quotes.get(quote, None if quote in OTHERS else 1.0)

    def as_environment(self) -> dict[str, str]:
        """Return the environment variables from which a child process gets these same settings."""
        document = self.model_dump(mode="json")
        document["clickhouse"]["password"] = self.clickhouse.password.get_secret_value()
        document["kafka"]["password"] = self.kafka.password.get_secret_value()
        document["web"]["token"] = self.web.token.get_secret_value()
        document["notify"]["url"] = self.notify.url.get_secret_value()
        for name, channel in self.alerts.channels.items():
            document["alerts"]["channels"][name]["url"] = channel.url.get_secret_value()
        return {f"WALLWATCH_{name.upper()}": json.dumps(value) for name, value in document.items()}


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Return `base` with the values of `over` laid over it, section by section."""
    result = dict(base)
    for name, value in over.items():
        old = result.get(name)
        both = isinstance(old, dict) and isinstance(value, dict)
        result[name] = merged(old, value) if both else value  # type: ignore[arg-type]
    return result

"""All settings of one process."""

import json
from typing import Annotated, Any

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.quotes import quote_of
from schemas.settings.clickhouse import ClickHouseSettings
from schemas.settings.engine import EngineSettings
from schemas.settings.ingest import IngestSettings
from schemas.settings.kafka import KafkaSettings
from schemas.settings.readings import ProofSettings
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
    symbols: dict[str, dict[str, Any]] = {}
    """Engine settings per symbol, merged over `engine`: {"BTCUSDT": {"threshold": {...}}}."""
    quotes: dict[str, Annotated[float, Field(gt=0, lt=1e12)]] = {}
    """USD that one unit of a quote currency is worth: {"BTC": 100000, "TRY": 0.024}. Amounts in
    USD of the engine settings hold at this rate for symbols quoted in it; what is shown stays in
    the quote currency."""
    worker: WorkerSettings = WorkerSettings()
    web: WebSettings = WebSettings()
    notify: NotifySettings = NotifySettings()
    proof: ProofSettings = ProofSettings()

    def engine_for(self, symbol: str, *overrides: dict[str, Any]) -> EngineSettings:
        """Return the engine settings of one symbol, with overrides laid over them, the later ones
        on top. Amounts in USD are turned into its quote currency. Raises pydantic.ValidationError.
        """
        over = [found for found in (self.symbols.get(symbol), *overrides) if found]
        rate = self.quotes.get(quote_of(symbol, self.quotes), 1.0)
        if not over and rate == 1.0:
            return self.engine
        values = self.engine.model_dump()
        for override in over:
            values = merged(values, override)
        engine = EngineSettings.model_validate(values)
        if rate == 1.0:
            return engine
        return EngineSettings.model_validate(in_quote(engine.model_dump(), rate))

    def as_environment(self) -> dict[str, str]:
        """Return the environment variables from which a child process gets these same settings."""
        document = self.model_dump(mode="json")
        document["clickhouse"]["password"] = self.clickhouse.password.get_secret_value()
        document["kafka"]["password"] = self.kafka.password.get_secret_value()
        document["web"]["token"] = self.web.token.get_secret_value()
        document["notify"]["url"] = self.notify.url.get_secret_value()
        return {f"WALLWATCH_{name.upper()}": json.dumps(value) for name, value in document.items()}


def in_quote(values: dict[str, Any], rate: float) -> dict[str, Any]:
    """Return engine settings with every amount in USD divided by the value of the quote in USD."""
    result: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            result[name] = in_quote(value, rate)
        elif name.endswith("_usd") and value is not None:
            result[name] = value / rate
        else:
            result[name] = value
    return result


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Return `base` with the values of `over` laid over it, section by section."""
    result = dict(base)
    for name, value in over.items():
        old = result.get(name)
        both = isinstance(old, dict) and isinstance(value, dict)
        result[name] = merged(old, value) if both else value  # type: ignore[arg-type]
    return result

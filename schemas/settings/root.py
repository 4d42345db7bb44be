"""All settings of one process."""

import json
from typing import Any

from pydantic_settings import BaseSettings, SettingsConfigDict

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
    worker: WorkerSettings = WorkerSettings()
    web: WebSettings = WebSettings()
    notify: NotifySettings = NotifySettings()
    proof: ProofSettings = ProofSettings()

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

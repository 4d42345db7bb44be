"""Settings from flags, environment, file and defaults."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    TomlConfigSettingsSource,
)

from schemas.settings.explain import explain
from schemas.settings.readings import OFF
from schemas.settings.root import Settings
from schemas.settings.section import SettingsError

CONFIG_VARIABLE = "WALLWATCH_CONFIG"


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

        @model_validator(mode="before")
        @classmethod
        def _read_models(cls, document: dict[str, Any]) -> dict[str, Any]:
            return _with_models_read(document)

    try:
        settings = _Layered(**(flags or {}))
        for symbol in settings.symbols:
            settings.engine_for(symbol)
    except ValidationError as error:
        raise SettingsError(explain(error)) from None
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


def _with_models_read(document: dict[str, Any]) -> dict[str, Any]:
    """Return settings whose `engine.fate.model`, also that of single symbols, is the content of the
    file it named. Raises ValueError."""
    result = dict(document)
    if isinstance(engine := result.get("engine"), dict):
        result["engine"] = _engine_read(engine)
    if isinstance(symbols := result.get("symbols"), dict):
        result["symbols"] = {
            name: _engine_read(own) if isinstance(own, dict) else own
            for name, own in symbols.items()
        }
    return result


def _engine_read(engine: dict[str, Any]) -> dict[str, Any]:
    fate = engine.get("fate")
    if not isinstance(fate, dict) or not isinstance(name := fate.get("model"), str):
        return engine
    if name.strip().lower() == OFF:
        return engine
    return {**engine, "fate": {**fate, "model": _read(Path(name))}}


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        reason = f"cannot be read: {error.strerror}"
    except ValueError:
        reason = "is no model; give the model.json that `wallwatch learn` wrote"
    raise ValueError(f"fate.model: {path} {reason}")

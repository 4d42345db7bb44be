"""`engine.fate.model` is the name of a file where settings are read, and nowhere else."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from schemas.settings import EngineSettings, SettingsError, load_settings
from tests.support.markets.fate_model import fate_model


def settings_file(folder: Path, name: str) -> Path:
    """Write settings that name a model."""
    path = folder / "settings.toml"
    path.write_text(f"[engine.fate]\nmodel = '{name}'\n", encoding="utf-8")
    return path


def test_a_named_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model.json").write_text(fate_model().model_dump_json(), encoding="utf-8")
    name = str(tmp_path / "model.json")
    loaded = load_settings(settings_file(tmp_path, name)).engine
    assert loaded.fate.model == fate_model()
    assert loaded.version != EngineSettings().version
    monkeypatch.setenv("WALLWATCH_ENGINE__FATE__MODEL", name)
    inherited = load_settings()
    assert inherited.engine == loaded
    monkeypatch.delenv("WALLWATCH_ENGINE__FATE__MODEL")
    for variable, value in inherited.as_environment().items():
        monkeypatch.setenv(variable, value)
    assert load_settings().engine == loaded


def test_off_is_none(tmp_path: Path) -> None:
    assert load_settings(settings_file(tmp_path, "off")).engine.fate.model is None


@pytest.mark.parametrize(("content", "words"), [(None, "cannot be read"), ("{", "is no model")])
def test_a_file_that_is_none_is_named(tmp_path: Path, content: str | None, words: str) -> None:
    path = tmp_path / "other.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=rf"other\.json {words}"):
        load_settings(settings_file(tmp_path, str(path)))


def test_a_change_at_run_time_names_no_file(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text(fate_model().model_dump_json(), encoding="utf-8")
    with pytest.raises(ValidationError, match="or off"):
        EngineSettings.model_validate({"fate": {"model": str(tmp_path / "model.json")}})


def test_a_model_of_another_release_says_so() -> None:
    old = {**fate_model().model_dump(), "features": ("distance",)}
    with pytest.raises(ValidationError, match="wallwatch learn"):
        EngineSettings.model_validate({"fate": {"model": old}})

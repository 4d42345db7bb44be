"""Rules of people are refused where they cannot work."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from schemas.settings import RuleSettings, SettingsError, load_settings
from schemas.settings.explain import explain

FILE = """
[[alerts.rules]]
name = "near"
on = "wall_approached"
symbols = ["btcusdt"]
within_bps = 10
channels = ["desk"]
[alerts.channels.desk]
url = "http://127.0.0.1:1/hook"
format = "discord"
"""


def test_a_rule_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "wallwatch.toml"
    file.write_text(FILE, encoding="utf-8")
    settings = load_settings(file)
    [rule] = settings.alerts.rules
    assert rule.symbols == ("BTCUSDT",)
    assert "hook" not in repr(settings)
    environment = settings.as_environment()
    assert "hook" in environment["WALLWATCH_ALERTS"], "a child process delivers, too"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ('["desk"]|["phone"]', r"no alerts\.channels\.phone; configured: desk"),
        ("within_bps = 10|", "wall_approached needs within_bps"),
        ("wall_approached|wall_vanishes", "alerts.rules"),
        ("within_bps = 10|within_bps = -1", "within_bps"),
        ("within_bps = 10|withinbps = 1", "withinbps"),
        ("http://|ftp://", "url must start with http"),
    ],
)
def test_a_mistake_is_told_in_one_line(tmp_path: Path, wrong: str, words: str) -> None:
    before, _, after = wrong.partition("|")
    file = tmp_path / "wallwatch.toml"
    file.write_text(FILE.replace(before, after), encoding="utf-8")
    with pytest.raises(SettingsError, match=words):
        load_settings(file)


def test_what_a_whole_rule_lacks_is_told_without_a_field() -> None:
    with pytest.raises(ValidationError) as caught:
        RuleSettings.model_validate({"name": "near", "on": "wall_approached"})
    assert explain(caught.value) == "wall_approached needs within_bps"

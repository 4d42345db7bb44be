"""docs/alerts.md shows rules that load, and names every kind there is."""

import re
import tomllib

from schemas.settings import Settings, WatchFor
from tests.support.paths import REPOSITORY

TEXT = (REPOSITORY / "docs" / "alerts.md").read_text(encoding="utf-8")


def test_the_rules_of_the_page_load() -> None:
    [block] = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    settings = Settings.model_validate(tomllib.loads(block))
    assert [rule.name for rule in settings.alerts.rules] == ["btc wall near", "lured"]
    assert set(settings.alerts.channels) == {"desk", "phone"}


def test_every_kind_of_rule_is_told() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE)) - {"on"} == set(WatchFor)

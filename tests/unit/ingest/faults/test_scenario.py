"""Scenario files: read, scaled, and refused with the place that is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.exchange.errors import ExchangeError
from ingest.exchange.faults.frames import Drop
from ingest.exchange.faults.market import Maintenance
from ingest.exchange.faults.scenario import load_scenario, parse_scenario

TOML = """
time_scale = 100

[[faults]]
kind = "maintenance"
after_s = 200

[[faults]]
kind = "drop"
symbol = "BTCUSDT"
after_frames = 40
count = 2
"""


def test_a_toml_file_is_read_and_its_times_are_scaled(tmp_path: Path) -> None:
    path = tmp_path / "bad-day.toml"
    path.write_text(TOML)
    maintenance, drop = load_scenario(path).scaled().faults
    assert isinstance(maintenance, Maintenance)
    assert (maintenance.after_s, maintenance.duration_s) == (2.0, 6.0)
    assert drop == Drop(symbol="BTCUSDT", after_frames=40, count=2)


def test_json_means_the_same(tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    path.write_text(json.dumps({"faults": [{"kind": "drop", "count": 3}]}))
    assert load_scenario(path).faults == (Drop(count=3),)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({}, "faults is missing"),
        ({"faults": [{"count": 1}]}, "faults[0]: kind is missing"),
        ({"faults": [{"kind": "dorp"}]}, "faults[0]: unknown kind dorp; known are aligned_"),
        ({"faults": [{"kind": "drop"}, {"kind": "drop", "count": 0}]}, "faults[1].count: "),
        ({"faults": [{"kind": "drop", "seconds": 1}]}, "faults[0].seconds: is not a field of this"),
        ({"faults": [{"kind": "burst", "symbol": "X"}]}, "faults[0].duration_s: is missing"),
        ({"faults": [{"kind": "drop", "symbol": "btc"}]}, "(given: 'btc')"),
        ({"faults": [], "time_scale": 0}, "time_scale: "),
    ],
)
def test_a_mistake_is_named_with_its_place(document: Any, message: str) -> None:
    with pytest.raises(ExchangeError) as caught:
        parse_scenario(document, "bad.toml")
    text = str(caught.value)
    assert text.startswith("bad.toml: ")
    assert message.replace(" is missing", ": is missing", 1) in text or message in text
    assert "\n" not in text


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.toml", "faults = [", "not TOML"),
        ("a.json", "{", "not JSON"),
    ],
)
def test_a_file_that_is_no_document_is_named(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ExchangeError, match=message):
        load_scenario(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExchangeError, match=r"none\.toml: cannot be read"):
        load_scenario(tmp_path / "none.toml")

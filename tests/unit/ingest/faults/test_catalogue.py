import json
import re
import tomllib
from pathlib import Path

from click.testing import CliRunner

from compose.commands.exchange import command
from ingest.exchange.faults.catalogue import EXAMPLE, catalogue
from ingest.exchange.faults.scenario import load_scenario, parse_scenario
from ingest.exchange.streams import ExchangeRoute

WITHOUT_DETAILS = ("aligned_snapshot", "drop", "reorder", "truncated_snapshot")


def test_the_example_is_a_scenario_in_both_forms(tmp_path: Path) -> None:
    toml, as_json = tmp_path / "f.toml", tmp_path / "f.json"
    toml.write_text(EXAMPLE)
    as_json.write_text(json.dumps(tomllib.loads(EXAMPLE)))
    assert load_scenario(toml) == load_scenario(as_json)


def test_every_kind_that_can_be_injected_is_told_with_what_it_needs() -> None:
    told = re.findall(r"^(\w+): .+", catalogue(), re.MULTILINE)
    assert told == sorted(told)
    assert len(told) == 30
    for kind in WITHOUT_DETAILS:
        assert kind in told
        parse_scenario({"faults": [{"kind": kind}]}, "test")
    assert "    delay_s (needed)" in catalogue()
    assert f"    route ({' | '.join(ExchangeRoute)}, default none)" in catalogue()


def test_the_command_shows_it_without_starting_anything() -> None:
    result = CliRunner().invoke(command, ["--list-faults"])
    assert result.exit_code == 0
    assert result.output == catalogue() + "\n"

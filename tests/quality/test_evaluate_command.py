"""`wallwatch evaluate` as a user calls it."""

import json
from pathlib import Path

from click.testing import CliRunner

from compose.commands.evaluate import command
from compose.evaluation.injection.episode import CLASSES

KEYS = {
    "macro_f1", "f1", "attribution_within_1pct", "false_spoof_per_hour", "delay_ms",
}  # fmt: skip
PNG = b"\x89PNG"


def test_the_report_is_written_and_the_last_line_is_json(tmp_path: Path) -> None:
    out = tmp_path / "report"
    arguments = ["--out", str(out), "--json", "--seeds", "210:211", "--detector", "reference"]
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    assert "only the simulated market" in result.stderr
    line = json.loads(result.stdout.splitlines()[-1])
    assert line.keys() >= KEYS
    assert line["reference"].keys() >= KEYS
    assert line["detector"] == "reference"
    assert line["macro_f1"] == line["reference"]["macro_f1"]
    assert set(line["f1"]) == {name.value for name in CLASSES}
    assert set(line["delay_ms"]) == {"p50", "p99"}
    document = json.loads((out / "report.json").read_text())
    assert document["seeds"] == [210]
    assert not document["on_tuning_seeds"]
    for name in (*document["plots"], *document["pictures"]):
        assert (out / name).read_bytes().startswith(PNG)
    text = (out / "report.md").read_text()
    assert "no proof" not in text
    assert all(name.value in text for name in CLASSES)

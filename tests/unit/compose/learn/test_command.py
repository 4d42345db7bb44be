"""`wallwatch learn` from captures to its files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from compose.errors import UsageError, UserError
from compose.evaluation.injection.simulated import record_simulated
from compose.learn.command import command
from schemas.fate.model import FateForecast, FateModel

LOWER = "[engine.threshold]\nmultiple = 1.5\nmin_usd = 1000\nwarmup_s = 0\ndepth_share = 0\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with captures of two markets and settings."""
    folder = tmp_path_factory.mktemp("learn")
    for name, symbol in (("btc", "BTCUSDT"), ("eth", "ETHUSDT")):
        record_simulated(folder / name, 3, 30, actors=True, symbol=symbol)
    (folder / "settings.toml").write_text(LOWER, encoding="utf-8")
    return folder


def arguments(folder: Path, train: str, report: str) -> list[str]:
    names = ["--tapes", str(folder / "tapes"), "--config", str(folder / "settings.toml")]
    return [train, "--report-on", report, "--out", str(folder / "out"), *names]


def test_two_captures_give_a_model_and_a_report(folder: Path) -> None:
    given = arguments(folder, str(folder / "btc"), f"binance_usdm:{folder / 'eth'}")
    done = CliRunner().invoke(command, [*given, "--json"], catch_exceptions=False)
    told = json.loads(done.stdout)
    model = FateModel.model_validate_json((folder / "out/model.json").read_bytes())
    assert told["model_version"] == model.version
    assert [note.markets for note in model.reported_on] == [("binance_usdm:ETHUSDT",)]
    assert set(told["skill"]) == set(FateForecast)
    # Half a minute is no proof of anything.
    assert not any(skill["is_on"] for skill in told["skill"].values())
    report = (folder / "out/report.md").read_text(encoding="utf-8")
    assert "No forecast is proven better" in report
    assert json.loads((folder / "out/report.json").read_text(encoding="utf-8")) == told


def test_a_file_on_both_sides_is_refused(folder: Path) -> None:
    given = arguments(folder, str(folder / "btc"), str(folder / "btc"))
    with pytest.raises(UserError, match=r"btc is trained on and reported on"):
        CliRunner().invoke(command, given, catch_exceptions=False)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([], "give one of CAPTURE"),
        (["--archive", "--log"], "give one of CAPTURE"),
        (["--archive"], "give --report-on, --report-symbols or --report-since"),
        (["--archive", "--report-symbols", "ETHUSDT"], "say with --symbols"),
        (["--log", "--symbols", "A,B", "--report-symbols", "B"], "share a symbol"),
    ],
)
def test_a_history_that_proves_nothing_is_refused(given: list[str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        CliRunner().invoke(command, [*given, "--out", "x"], catch_exceptions=False)


def test_a_missing_file_is_named() -> None:
    done = CliRunner().invoke(command, ["binance_spot:none.gz"])
    assert done.exit_code == 2
    assert "none.gz" in done.output

"""Every mistake on the command line ends in one line on stderr and a non-zero exit code."""

import subprocess
import sys
from pathlib import Path

import pytest

MISTAKES = [
    (["upp"], 2, "No such command"),
    (["up", "--nonsense"], 2, "No such option"),
    (["up", "--demo", "--live"], 2, "give one of --demo, --live and --replay"),
    (["up", "--once"], 2, "--once belongs to --replay"),
    (["up", "--speed", "3"], 2, "--speed belongs to --replay"),
    (["up", "--replay", "missing.gz"], 2, "missing.gz"),
    (["up", "--replay", "{capture}", "--speed", "0"], 2, "'0' is not a factor"),
    (["up", "--replay", "{capture}", "--speed", "fast"], 2, "'fast' is not a factor"),
    (["up", "--symbols", "BTC USDT"], 2, "not a comma list of symbols"),
    (["up", "--broker", "somewhere"], 2, "give noida, apache or HOST:PORT"),
    (["up", "--broker", "host:99999"], 2, "give noida, apache or HOST:PORT"),
    (["up", "--clickhouse", "ftp://x"], 1, "clickhouse.url"),
    (["up", "--port", "70000"], 1, "web.port"),
    (["up", "--config", "missing.toml"], 1, "missing.toml: cannot be read"),
    (["up", "--data-dir", "{capture}"], 2, "is a file"),
    (["topics", "--schema", "nothing"], 2, "unknown topic nothing"),
    (["topics", "--create", "--brokers", "127.0.0.1:1"], 1, "reachable at 127.0.0.1:1"),
    (["watch", "list", "--brokers", "127.0.0.1:1"], 1, "no Kafka broker is reachable there"),
    (["watch", "add", "A B"], 2, "not a comma list of symbols"),
    (["settings", "list", "--brokers", "127.0.0.1:1"], 1, "no Kafka broker is reachable there"),
    (["settings", "set", "BTCUSDT", "floor_usd"], 2, "write SECTION.NAME=VALUE"),
    (["settings", "set", "BTCUSDT", "threshold.floor_usd=-2"], 2, "threshold.floor_usd"),
    (["backtest"], 2, "give one of CAPTURE..., --archive and --log"),
    (["backtest", "{capture}", "--kind", "x"], 2, "'order_open', 'order_closed'"),
    (["scorecard", "{capture}", "--kind", "x"], 2, "'order_open', 'order_closed'"),
    (["scorecard", "--page", "127.0.0.1:1"], 1, "is no address of a page"),
    (["scorecard", "--page", "http://127.0.0.1:1"], 1, "no answer at http://127.0.0.1:1"),
    (["scorecard", "--harder"], 2, "--harder goes with --trials"),
    (["backtest", "{capture}", "--log"], 2, "give one of CAPTURE..., --archive and --log"),
    (["backtest", "{capture}", "--since", "2026-01-01"], 2, "--since and --until belong to"),
    (["backtest", "--log", "--offset", "market.depth=5"], 2, "write TOPIC/PARTITION=OFFSET"),
    (["backtest", "--log", "--brokers", "127.0.0.1:1"], 1, "no answer from Kafka at 127.0.0.1:1"),
    (["backtest", "--archive", "--clickhouse", "http://127.0.0.1:1"], 1, "cannot be reached"),
    (["backtest", "missing.gz"], 2, "missing.gz"),
    (["backtest", "{capture}", "--set", "multiple=2"], 2, "write SECTION.NAME"),
    (["backtest", "{capture}", "--set", "threshold.multiple=0"], 2, "threshold.multiple"),
    (["backtest", "{capture}", "--grid", "threshold.multiple=2,0"], 2, "threshold.multiple"),
    (["backtest", "{capture}", "--range", "threshold.multiple=2:3"], 2, "--range belongs to"),
    (["backtest", "{capture}", "--search", "3"], 2, "--search has nothing to draw"),
    (
        ["backtest", "{capture}", "--grid", "threshold.multiple=2", "--horizon", "7"],
        2,
        "--horizon 7: ledger.horizons_ms has 1000, 5000",
    ),
    (["exchange", "--port", "-1"], 2, "-1 is not in the range 0<=x<=65535"),
    (["doctor", "--broker", "somewhere"], 2, "give noida, apache or HOST:PORT"),
]


def wallwatch(
    *arguments: str, cwd: Path, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "compose.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=cwd,
        env=environment,
    )


@pytest.mark.parametrize(
    ("arguments", "code", "words"), MISTAKES, ids=[" ".join(case[0]) for case in MISTAKES]
)
def test_a_mistake_is_one_line(arguments: list[str], code: int, words: str, tmp_path: Path) -> None:
    capture = tmp_path / "capture.gz"
    capture.touch()
    done = wallwatch(*(part.format(capture=capture) for part in arguments), cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith("wallwatch: ")
    assert words in done.stderr


def test_a_setting_out_of_range_names_field_and_range(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WALLWATCH_INGEST__PACK_MS", "5000")
    done = wallwatch("topics", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == (
        "wallwatch: setting ingest.pack_ms: Input should be less than or equal to 1000 "
        "(given: '5000')\n"
    )


@pytest.mark.parametrize("command", ["", "up", "replay", "record", "doctor", "topics", "worker"])
def test_help_teaches_with_examples(command: str, tmp_path: Path) -> None:
    done = wallwatch(*command.split(), "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.count(f"wallwatch {command}".rstrip()) >= 2


def test_the_topic_table_is_printed(tmp_path: Path) -> None:
    done = wallwatch("topics", cwd=tmp_path)
    assert done.returncode == 0
    lines = {line.split()[0]: line.split()[1] for line in done.stdout.splitlines()}
    assert lines["market.depth"] == lines["signals.large_orders"] == "16"
    assert lines["dead_letters"] == "1"

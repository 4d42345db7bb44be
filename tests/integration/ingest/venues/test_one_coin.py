"""One simulated coin on two venues, read together: what its actors do across markets is found."""

import json
from pathlib import Path

from click.testing import CliRunner

from compose.cli import cli
from tests.support.ingesting.coin_captures import coin_captures

SECONDS = 42
"""One cycle of the actors; costs about 8 s."""


def test_walls_copies_and_moves_across_markets_are_found(tmp_path: Path) -> None:
    captures = coin_captures(tmp_path, "BTC", ("binance_usdm", "bybit_linear"), SECONDS)
    out = tmp_path / "signals.ndjson"
    files = [f"{venue}:{path}" for venue, path in captures.items()]
    result = CliRunner().invoke(
        cli, ["replay", "--parse", *files, "--out", str(out)], catch_exceptions=False
    )
    assert result.exit_code == 0
    assert "0 gaps, 0 dead letters" in result.output
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    values = [line.get("value", line) for line in lines]
    found = {value.get("kind") for value in values if value.get("venue") == "all"}
    assert {"wall", "copied", "moved"} <= found

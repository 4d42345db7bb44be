"""How markets of several venues are named on the command line."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from compose.cli import cli

CASES = [
    (["--markets", "BTCUSDT"], "is not VENUE:SYMBOL"),
    (["--markets", "nowhere:BTCUSDT"], "unknown venue 'nowhere'"),
    (["--assets", "BTC", "--venues", "nowhere"], "unknown venue 'nowhere'"),
    (["--venues", "all"], "--venues belongs to --assets"),
    (["--assets", "BTC", "--markets", "okx_swap:BTC-USDT-SWAP"], "not both"),
    (["--assets", "BTC", "--symbols", "BTCUSDT"], "leave out --venue, --symbols"),
    (["--assets", "BTC", "--replay", __file__], "not for --replay"),
    (["--assets", "BTC", "--faults", __file__], "for one venue"),
]


@pytest.mark.parametrize(("words", "told"), CASES, ids=lambda case: " ".join(case)[:40])
def test_a_mistake_is_told_in_words(words: list[str], told: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["up", *words, "--data-dir", str(tmp_path)])
    assert result.exit_code != 0
    assert told in f"{result.output} {result.exception}"

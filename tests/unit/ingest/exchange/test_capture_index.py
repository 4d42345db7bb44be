"""What one reading of a capture finds out."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from ingest.exchange.capture.index import Grid, index_capture
from ingest.exchange.dialect import USDM


def diff(symbol: str, price: str) -> dict[str, Any]:
    data = {"e": "depthUpdate", "E": 2, "T": 1, "s": symbol, "U": 1, "u": 2, "pu": 0}
    return {
        "stream": f"{symbol.lower()}@depth@100ms",
        "data": data | {"b": [[price, "1.5"]], "a": []},
    }


def snapshot(price: str, **more: str) -> dict[str, Any]:
    return {"lastUpdateId": 2, "E": 2, "T": 1, "bids": [[price, "1.0"]], "asks": [], **more}


def write(path: Path, lines: list[dict[str, Any]]) -> Path:
    with gzip.open(path, "wt") as file:
        for number, line in enumerate(lines, 1):
            file.write(f"{number} {json.dumps(line, separators=(',', ':'))}\n")
    return path


def test_nameless_snapshots_belong_to_the_symbol_with_their_price(tmp_path: Path) -> None:
    lines = [
        diff("BTCUSDT", "61800.10"),
        diff("ETHUSDT", "2640.05"),
        snapshot("2640.01"),
        snapshot("61799.90"),
    ]
    index = index_capture(write(tmp_path / "c.gz", lines), USDM)
    assert index.snapshot_symbols == ("ETHUSDT", "BTCUSDT")
    assert {name: entry.snapshots for name, entry in index.symbols.items()} == {
        "BTCUSDT": 1,
        "ETHUSDT": 1,
    }


def test_a_named_snapshot_belongs_to_its_symbol(tmp_path: Path) -> None:
    lines = [diff("AUSDT", "1.00"), diff("BUSDT", "1.01"), snapshot("1.01", symbol="AUSDT")]
    assert index_capture(write(tmp_path / "c.gz", lines), USDM).snapshot_symbols == ("AUSDT",)


@pytest.mark.parametrize(
    ("figures", "decimals", "step"),
    [
        (["61800.20", "61800.30", "58710.20"], 2, "0.10"),
        (["0.014", "1.211", "2.000"], 3, "0.001"),
        (["12", "30"], 0, "6"),
        (["1.5", "2.25"], 2, "0.75"),
        (["oops", "3.0"], 1, "3.0"),
        ([], 0, "1"),
    ],
)
def test_steps_are_what_all_figures_are_multiples_of(
    figures: list[str], decimals: int, step: str
) -> None:
    grid = Grid()
    for figure in figures:
        grid.add(figure)
    assert (grid.decimals, grid.step) == (decimals, step)

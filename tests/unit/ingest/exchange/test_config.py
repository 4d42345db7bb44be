"""Wrong settings of the exchange end in one line that names them."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from ingest.exchange.capture.playback import Playback
from ingest.exchange.config import build_config
from ingest.exchange.errors import ExchangeError
from ingest.exchange.market.simulation import Simulation

DIFF = (
    b'{"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","E":2,"T":1,"s":"BTCUSDT",'
    b'"U":1,"u":2,"pu":0,"b":[["1.0","1.0"]],"a":[]}}'
)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"mode": "capture"}, "file"),
        ({"mode": "capture", "file": "x.gz", "speed": 0}, "speed"),
        ({"speed": "max"}, "speed"),
        ({"speed": "fast"}, "speed"),
        ({"file": "x.gz"}, "file"),
        ({"port": 70_000}, "port"),
        ({"prot": 1}, "prot"),
    ],
)
def test_wrong_values_are_named_in_one_line(values: dict[str, Any], named: str) -> None:
    with pytest.raises(ExchangeError, match=named) as error:
        build_config(**values)
    assert "\n" not in str(error.value)


def test_unknown_simulated_symbol_is_named() -> None:
    with pytest.raises(ExchangeError, match=r"FOOUSDT.*BTCUSDT"):
        Simulation(build_config(symbols=("FOOUSDT",)))


def write(path: Path, content: bytes) -> Path:
    with gzip.open(path, "wb") as file:
        file.write(content)
    return path


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ExchangeError, match=r"none\.gz: no such file"):
        Playback(build_config(mode="capture", file=tmp_path / "none.gz"))


def test_directory_in_place_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(ExchangeError, match="cannot be read"):
        Playback(build_config(mode="capture", file=tmp_path))


def test_not_gzip(tmp_path: Path) -> None:
    path = tmp_path / "c.gz"
    path.write_bytes(b"1 {}\n")
    with pytest.raises(ExchangeError, match="not a gzip file"):
        Playback(build_config(mode="capture", file=path))


def test_truncated_gzip(tmp_path: Path) -> None:
    path = write(tmp_path / "c.gz", b"1 " + DIFF + b"\n")
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(ExchangeError, match="cut off before its first whole line"):
        Playback(build_config(mode="capture", file=path))


def test_no_capture(tmp_path: Path) -> None:
    path = write(tmp_path / "c.gz", b"hello\nworld\n")
    with pytest.raises(ExchangeError, match="not a capture"):
        Playback(build_config(mode="capture", file=path))


def test_no_frames(tmp_path: Path) -> None:
    path = write(tmp_path / "c.gz", b'1 {"id":1}\n')
    with pytest.raises(ExchangeError, match="holds no stream frames"):
        Playback(build_config(mode="capture", file=path))


def test_depth_of_another_venue(tmp_path: Path) -> None:
    spot = DIFF.replace(b'"pu":0,', b"")
    path = write(tmp_path / "c.gz", b"1 " + spot + b"\n")
    with pytest.raises(ExchangeError, match=r"not those of binance_usdm; .* --venue binance_spot$"):
        Playback(build_config(mode="capture", file=path))
    with pytest.raises(ExchangeError, match=r"not those of binance_spot; .* --venue binance_usdm$"):
        Playback(
            build_config(
                mode="capture",
                venue="binance_spot",
                file=write(tmp_path / "d.gz", b"1 " + DIFF + b"\n"),
            )
        )


def test_symbol_that_is_not_captured(tmp_path: Path) -> None:
    path = write(tmp_path / "c.gz", b"1 " + DIFF + b"\n")
    with pytest.raises(ExchangeError, match=r"ETHUSDT.*holds BTCUSDT"):
        Playback(build_config(mode="capture", file=path, symbols=("ETHUSDT",)))

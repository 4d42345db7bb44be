"""What a user may get wrong with servers and files: one line, non-zero, no traceback."""

from __future__ import annotations

import gzip
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from compose.brokers.probe import free_port
from tests.e2e.stack import clean_environment
from tests.support.markets.tiny_capture import tiny_capture

ONE_FRAME = (
    b'1723109456000000000 {"stream":"btcusdt@trade","data":{"e":"trade","E":1723109456000,'
    b'"T":1723109456000,"s":"BTCUSDT","t":1,"p":"60000.0","q":"0.001","X":"MARKET","m":true}}\n'
)


def up(
    *arguments: str, cwd: Path, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "compose.cli", "up", *arguments],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
        cwd=cwd,
        env={**clean_environment(), **(environment or {})},
    )


def assert_one_clear_line(done: subprocess.CompletedProcess[str], *words: str) -> None:
    complaint = [line for line in done.stderr.splitlines() if line.startswith("wallwatch: ")]
    assert done.returncode in (1, 2), done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert len(complaint) == 1, done.stderr
    assert done.stderr.splitlines()[-1] == complaint[0]
    for word in words:
        assert word in complaint[0]


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_missing_capture(tmp_path: Path) -> None:
    assert_one_clear_line(up("--replay", "nothing.gz", cwd=tmp_path), "nothing.gz")


def test_a_capture_that_is_no_gzip(tmp_path: Path) -> None:
    (tmp_path / "x.gz").write_text("this is no gzip file", encoding="utf-8")
    assert_one_clear_line(up("--replay", "x.gz", "--once", cwd=tmp_path), "x.gz", "gzip")


def test_a_capture_that_was_cut_off_is_used_and_told(tmp_path: Path) -> None:
    path = tiny_capture(tmp_path / "x.gz")
    path.write_bytes(path.read_bytes()[:-8])
    done = up("--replay", "x.gz", "--speed", "max", "--once", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "x.gz: cut off after line" in done.stderr


def test_an_empty_capture(tmp_path: Path) -> None:
    (tmp_path / "x.gz").write_bytes(gzip.compress(b""))
    assert_one_clear_line(up("--replay", "x.gz", "--once", cwd=tmp_path), "x.gz")


def test_an_unknown_symbol_of_a_capture(tmp_path: Path) -> None:
    (tmp_path / "x.gz").write_bytes(gzip.compress(ONE_FRAME))
    done = up("--replay", "x.gz", "--symbols", "NOPEUSDT", cwd=tmp_path)
    assert_one_clear_line(done, "NOPEUSDT", "BTCUSDT")


def test_an_unknown_symbol_of_the_demo(tmp_path: Path) -> None:
    assert_one_clear_line(up("--symbols", "NOPEUSDT", cwd=tmp_path), "NOPEUSDT")


def test_a_port_in_use(tmp_path: Path, taken_port: int) -> None:
    done = up("--port", str(taken_port), cwd=tmp_path)
    assert_one_clear_line(done, str(taken_port), "--port")


def test_an_unreachable_broker(tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    assert_one_clear_line(up("--broker", address, cwd=tmp_path), address, "--broker noida")


def test_an_unreachable_clickhouse(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    assert_one_clear_line(up("--clickhouse", url, cwd=tmp_path), url)


def test_an_unreachable_venue(tmp_path: Path) -> None:
    url = f"127.0.0.1:{free_port()}"
    environment = {
        "WALLWATCH_INGEST__REST_URL": f"http://{url}",
        "WALLWATCH_INGEST__WEBSOCKET_URL": f"ws://{url}",
    }
    done = up("--live", "--symbols", "BTCUSDT", cwd=tmp_path, environment=environment)
    assert_one_clear_line(done, url)


def test_a_data_dir_that_is_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert_one_clear_line(up("--data-dir", "file/data", cwd=tmp_path), "file/data", "--data-dir")


def test_a_setting_out_of_range(tmp_path: Path) -> None:
    done = up(cwd=tmp_path, environment={"WALLWATCH_ENGINE__LIFECYCLE__MAX_TRACKED": "0"})
    assert_one_clear_line(done, "engine.lifecycle.max_tracked", "greater than or equal to 1")

"""What the doctor finds, and that it leaves no trace."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import pytest
from aiohttp import web

from compose.brokers.probe import free_port
from compose.doctor import checks_local, checks_remote
from compose.doctor.examine import examine
from compose.doctor.finding import Finding, Level
from schemas.settings import IngestSettings, Settings, VenueName


def by_name(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.name: finding for finding in findings}


@pytest.mark.parametrize("is_compiled", [True, False])
def test_which_order_book_is_in_force_is_told(is_compiled: bool) -> None:
    finding = checks_local.check_book(is_compiled)
    assert finding.level is (Level.OK if is_compiled else Level.WARN)
    assert ("C compiler" in finding.cure) is not is_compiled


async def test_a_sound_machine_is_ok_and_the_data_dir_is_not_made(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    found = by_name(await examine(Settings(), broker="noida", data_dir=data_dir, live=False))
    for name in ("python", "page port", "data dir", "broker noida"):
        assert found[name].level is Level.OK, found[name]
        assert found[name].cure == ""
    assert not data_dir.exists()
    assert "java" not in found


def test_a_port_in_use_fails_with_the_cure() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        finding = checks_local.check_port("127.0.0.1", listener.getsockname()[1])
    assert finding.level is Level.FAIL
    assert "choose another --port" in finding.cure


def test_a_package_that_is_not_as_locked_is_named(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("click==0.0.1 \\\n    --hash=sha256:0\n", encoding="utf-8")
    finding = checks_local.check_packages(lock)
    assert finding.level is Level.WARN
    assert f"click {version('click')} (lock: 0.0.1)" in finding.fact


def test_a_package_locked_for_several_pythons_may_be_any_of_them(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    pins = ["click==0.0.1 ; python_version < '3'", f"click=={version('click')}"]
    lock.write_text("\n".join(pins), encoding="utf-8")
    assert checks_local.check_packages(lock).level is Level.OK


def test_a_java_that_is_missing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    finding = checks_local.check_java()
    assert finding.level is Level.FAIL
    assert "openjdk-17" in finding.fact


async def test_servers_that_are_not_there_fail_with_their_address(tmp_path: Path) -> None:
    broker, store = (f"127.0.0.1:{free_port()}" for _ in range(2))
    settings = Settings.model_validate({"clickhouse": {"url": f"http://{store}"}})
    found = by_name(await examine(settings, broker=broker, data_dir=tmp_path, live=False))
    assert found["broker"].level is found["clickhouse"].level is Level.FAIL
    assert broker in found["broker"].fact
    assert store in found["clickhouse"].fact


@pytest.mark.parametrize(
    ("venue", "path"), [("binance_usdm", "/fapi/v1/time"), ("binance_spot", "/api/v3/time")]
)
@pytest.mark.parametrize(("skew_ms", "level"), [(0, Level.OK), (5_000, Level.WARN)])
async def test_the_clock_is_compared_with_the_venues(
    skew_ms: int, level: Level, venue: VenueName, path: str
) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"serverTime": round(time.time() * 1_000) - skew_ms})

    app = web.Application()
    app.router.add_get(path, answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        port = runner.addresses[0][1]
        ingest = IngestSettings(venue=venue, rest_url=f"http://127.0.0.1:{port}")
        found = by_name(await checks_remote.check_venue(ingest))
    finally:
        await runner.cleanup()
    assert found["venue"].level is Level.OK
    assert found["clock"].level is level, found["clock"]


async def test_a_venue_that_does_not_answer_fails() -> None:
    ingest = IngestSettings(rest_url=f"http://127.0.0.1:{free_port()}")
    (finding,) = await checks_remote.check_venue(ingest)
    assert finding.level is Level.FAIL
    assert "--demo needs no venue" in finding.cure


def test_the_command_exits_with_1_on_a_fail_and_speaks_json(tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    done = subprocess.run(
        [sys.executable, "-m", "compose.cli", "doctor", "--broker", address, "--json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 1
    assert done.stderr == ""
    failed = [finding for finding in json.loads(done.stdout) if finding["level"] == "FAIL"]
    assert [finding["name"] for finding in failed] == ["broker"]
    assert list(tmp_path.iterdir()) == []


async def test_an_unusable_proxy_is_a_finding_and_ends_no_other_check(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("https_proxy", "socks5://user:secret@127.0.0.1:1080")
    ingest = IngestSettings()
    findings = [checks_remote.check_proxy(ingest), *await checks_remote.check_venue(ingest)]
    assert [(found.name, found.level) for found in findings] == [
        ("proxy", Level.FAIL),
        ("venue", Level.FAIL),
    ]
    assert "https_proxy" in findings[0].fact
    assert "secret" not in str(findings)

"""Child processes: stopped in time, by force if need be, and told apart by how they ended."""

import asyncio
import sys
import time
from pathlib import Path

import psutil
import pytest

from compose.stack.process import ChildProcess, tail
from compose.stack.service_child import ServiceChild, ServiceError
from compose.stack.supervise import Supervisor
from schemas.settings import Settings


async def spawn(code: str, log: Path) -> ChildProcess:
    child = await ChildProcess.spawn("child", [sys.executable, "-c", code], log, pipe_stdout=True)
    assert await child.stdout.readline() == b"ready\n"
    return child


async def test_a_child_that_ends_on_request_is_given_the_time(tmp_path: Path) -> None:
    code = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)"
    )
    child = await spawn(code, tmp_path / "log")
    assert await child.stop(grace_s=10) == 7


async def test_a_child_that_ignores_the_request_is_killed_with_its_own_children(
    tmp_path: Path,
) -> None:
    code = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)"
    )
    child = await spawn(code, tmp_path / "log")
    family = [psutil.Process(child.pid), *psutil.Process(child.pid).children()]
    assert len(family) == 2
    began = time.monotonic()
    assert await child.stop(grace_s=0.2) == -9
    assert time.monotonic() - began < 2
    _, alive = psutil.wait_procs(family[1:], timeout=5)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


async def test_stopping_twice_and_after_the_end_is_harmless(tmp_path: Path) -> None:
    child = await spawn("print('ready', flush=True)", tmp_path / "log")
    assert await child.wait() == 0
    assert await child.stop(grace_s=1) == 0
    assert await child.stop(grace_s=1) == 0


def test_the_tail_of_a_log_is_its_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert tail(log, 2) == []
    log.write_text("one\ntwo\n\nthree\n", encoding="utf-8")
    assert tail(log, 2) == ["two", "three"]


def service(tmp_path: Path, code: str) -> ServiceChild:
    program = (sys.executable, "-c", code)
    return ServiceChild("exchange", [], Settings(), tmp_path, tmp_path, program)


async def test_a_service_that_explains_itself_is_quoted(tmp_path: Path) -> None:
    child = service(
        tmp_path, """print('{"error": "capture x: no such file"}'); raise SystemExit(1)"""
    )
    with pytest.raises(ServiceError, match=r"^capture x: no such file$"):
        await child.start(deadline_s=20)


async def test_a_service_that_crashes_is_shown_with_its_last_lines_and_log(tmp_path: Path) -> None:
    child = service(tmp_path, "raise RuntimeError('out of luck')")
    with pytest.raises(ServiceError) as caught:
        await child.start(deadline_s=20)
    message = str(caught.value)
    assert "exchange ended unexpectedly (exit code 1)" in message
    assert "exchange| RuntimeError: out of luck" in message
    assert str(tmp_path / "exchange.log") in message


async def test_a_service_that_never_gets_ready_is_stopped(tmp_path: Path) -> None:
    child = service(tmp_path, "import time; time.sleep(60)")
    with pytest.raises(ServiceError, match=r"exchange was not ready within 0\.5 s"):
        await child.start(deadline_s=0.5)
    assert child.pid is None


async def test_a_killed_service_is_started_again_and_its_report_returned(tmp_path: Path) -> None:
    code = (
        "import json, pathlib, sys, time\n"
        f"marker = pathlib.Path({str(tmp_path / 'second')!r})\n"
        "print(json.dumps({'ready': True}), flush=True)\n"
        "if not marker.exists():\n"
        "    marker.touch(); time.sleep(60)\n"
        "print(json.dumps({'records': 3}))"
    )
    child = service(tmp_path, code)
    said: list[str] = []
    await child.start(deadline_s=20)
    supervisor = Supervisor(child, said.append, start_deadline_s=20)
    running = asyncio.ensure_future(supervisor.run())
    assert child.pid is not None
    deadline = time.monotonic() + 20
    while not (tmp_path / "second").exists():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
    psutil.Process(child.pid).kill()
    ending = await running
    assert ending.is_clean
    assert ending.report == {"records": 3}
    assert supervisor.restarts == 1
    assert any("signal 9" in line and "started again" in line for line in said)

"""Where there is next to no environment: no home, no XDG folders, a foreign locale, a current
directory that nobody may write to, a proxy that is away."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.matrix.market import sound_lines, write
from tests.support.servers.availability import unavailable

READ_ONLY = Path("/proc/self")
"""Nobody makes a file there, root neither."""
DEAD_PROXY = "http://127.0.0.1:9"
BEHIND = dict.fromkeys(("http_proxy", "HTTPS_PROXY", "ALL_PROXY"), DEAD_PROXY)
TURKISH = "tr_TR"
ENVIRONMENTS: list[dict[str, str]] = [
    {"LC_ALL": "C", "NO_PROXY": "*", **BEHIND},
    {"LC_ALL": "POSIX", "no_proxy": "127.0.0.1", **BEHIND},
    {"LC_ALL": TURKISH, **BEHIND},
]


AS_NOBODY = ("unshare", "--user", "--map-user=12345")
"""A user that is in no list of users, as in a container that is run as any."""


def run(
    environment: dict[str, str], *words: str, program: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    """Run `wallwatch` there with nothing else in its environment."""
    return subprocess.run(
        [*program, sys.executable, "-P", "-m", "compose.cli", *words],
        check=False, capture_output=True, text=True, timeout=120, cwd=READ_ONLY,
        env={"PATH": os.environ["PATH"], **environment},
    )  # fmt: skip


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """A capture of a few seconds."""
    return write(tmp_path / "capture.gz", sound_lines(seconds=8))


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda one: one["LC_ALL"])
def test_the_whole_pipeline_runs(
    environment: dict[str, str], capture: Path, tmp_path: Path
) -> None:
    if environment["LC_ALL"] == TURKISH:
        environment = environment | {"LOCPATH": str(turkish_locale(tmp_path))}
    words = ("--replay", str(capture), "--speed", "max", "--once", "--json")
    done = run(environment, "up", *words, "--data-dir", str(tmp_path / "data"))
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert json.loads(done.stdout)["signals"]["signals.book"] > 0


def test_the_whole_pipeline_runs_for_a_user_whom_the_machine_does_not_know(
    capture: Path, tmp_path: Path
) -> None:
    tried = subprocess.run([*AS_NOBODY, "true"], check=False, capture_output=True, text=True)
    if tried.returncode:
        unavailable(f"no user namespace: {tried.stderr.strip()}")
    words = ("--replay", str(capture), "--speed", "max", "--once", "--json")
    done = run({}, "up", *words, "--data-dir", str(tmp_path / "data"), program=AS_NOBODY)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert json.loads(done.stdout)["signals"]["signals.book"] > 0


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("up", "--demo"), ".wallwatch cannot be used: "),
        (("replay", "CAPTURE", "--out", "x.ndjson"), "x.ndjson cannot be written: "),
    ],
)
def test_what_would_be_written_into_the_current_directory_is_one_line(
    words: tuple[str, ...], complaint: str, capture: Path
) -> None:
    done = run({"LC_ALL": "C"}, *(str(capture) if word == "CAPTURE" else word for word in words))
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("wallwatch: ")]
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert complaint in line


def turkish_locale(folder: Path) -> Path:
    """Make a locale in which i and I are no pair and a decimal has a comma."""
    if shutil.which("localedef") is None:
        unavailable("no localedef")
    locales = folder / "locales"
    locales.mkdir()
    command = ["localedef", "-i", TURKISH, "-f", "ISO-8859-9", str(locales / TURKISH)]
    made = subprocess.run(command, check=False, capture_output=True, text=True)
    if not (locales / TURKISH).is_dir():
        unavailable(f"no locale {TURKISH}: {made.stderr.strip()}")
    return locales

"""The package on the other Pythons that it is made for: the same bytes, and a demo from any folder.

Each Python that is on the PATH gets an environment of its own, from the lock, kept in `.cache`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.e2e.stack import clean_environment, get_json, until, wallwatch_up
from tests.support.markets.captures import CAPTURE
from tests.support.paths import REPOSITORY
from tests.support.servers.availability import unavailable

VERSIONS: Final = ("3.11", "3.12", "3.13")
OURS: Final = f"{sys.version_info[0]}.{sys.version_info[1]}"
LOCK: Final = REPOSITORY / "requirements-runtime.lock"
INSTALL_S: Final = 900
DEADLINE_S: Final = 90
BROKEN: Final = "raise RuntimeError(f'{__file__} is not ours to import')\n"

pytestmark = pytest.mark.timeout(INSTALL_S + 2 * DEADLINE_S)


@pytest.fixture(scope="module", params=[one for one in VERSIONS if one != OURS])
def program(request: pytest.FixtureRequest) -> Path:
    """`wallwatch` of an environment of that Python, installed as a user would."""
    python = _interpreter(request.param)
    if python is None:
        pytest.skip(f"no Python {request.param} on this machine")
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]
    environment = REPOSITORY / ".cache" / "pythons" / f"{request.param}-{digest}"
    pip = [str(environment / "bin" / "pip"), "--quiet", "--disable-pip-version-check"]
    if not (environment / "installed").exists():
        _run(python, "-m", "venv", "--clear", str(environment))
        _run(*pip, "install", "--require-hashes", "-r", str(LOCK))
        (environment / "installed").touch()
    _run(*pip, "install", "--no-deps", "--force-reinstall", str(REPOSITORY))
    return environment / "bin" / "wallwatch"


@pytest.mark.capture
def test_the_signals_are_the_same_bytes(program: Path, tmp_path: Path) -> None:
    if not CAPTURE.is_file():
        unavailable(f"no capture at {CAPTURE}")
    ours = Path(sys.executable).with_name("wallwatch")
    for name, one in (("ours", ours), ("theirs", program)):
        signals, book = tmp_path / f"{name}.ndjson", tmp_path / f"{name}.book"
        _run(
            str(one), "replay", str(CAPTURE), "--parse", "--out", str(signals), "--book", str(book)
        )
    for ending in ("ndjson", "book"):
        assert (tmp_path / f"ours.{ending}").read_bytes() == (
            tmp_path / f"theirs.{ending}"
        ).read_bytes()


def test_the_demo_runs_among_modules_of_the_same_names(program: Path, tmp_path: Path) -> None:
    for name in ("schemas", "ingest"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(BROKEN, encoding="utf-8")
    with wallwatch_up("--demo", cwd=tmp_path, program=[str(program)]) as stack:
        page = stack.page(DEADLINE_S)
        url = f"{page}/api/v1/large-orders/status"
        until(lambda: get_json(url)["symbols"], DEADLINE_S, lambda: stack.said)
        stack.interrupt()
        assert stack.process.returncode == 0
        assert "not ours" not in stack.said


def _interpreter(version: str) -> str | None:
    """Return the Python of that version on the PATH, or among those of pyenv."""
    found = shutil.which(f"python{version}")
    if found is not None and _says(found, version):
        return found
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for python in sorted(root.glob(f"{version}.*/bin/python")):
        if _says(str(python), version):
            return str(python)
    return None


def _says(python: str, version: str) -> bool:
    """Whether it runs; a shim of pyenv may stand for no version at all."""
    done = subprocess.run([python, "-V"], capture_output=True, text=True, check=False)
    return done.returncode == 0 and done.stdout.startswith(f"Python {version}.")


def _run(*command: str) -> None:
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=INSTALL_S,
        check=False,
        env=clean_environment(),
    )
    assert done.returncode == 0, done.stderr[-2_000:]

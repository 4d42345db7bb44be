"""The package is built with the compiled order book where a C compiler is there, and without it
where none is."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.paths import REPOSITORY
from tests.support.servers.availability import unavailable

SOURCES = ("pyproject.toml", "README.md", "LICENSE")
PACKAGES = ("ingest", "processors", "schemas", "dashboards", "compose")
MODULE = "processors/engine/book/sides/compiled."


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the sources, in which nothing was built."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    for name in SOURCES:
        shutil.copy(REPOSITORY / name, folder / name)
    for name in PACKAGES:
        ignored = shutil.ignore_patterns("*.so", "__pycache__")
        shutil.copytree(REPOSITORY / name, folder / name, ignore=ignored)
    return folder


def wheel(checkout: Path, out: Path, **env: str) -> tuple[str, list[str], str]:
    """Build a wheel; return its name, the files of the compiled side in it, and what was told."""
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)],
        cwd=checkout,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (file,) = out.glob("*.whl")
    with zipfile.ZipFile(file) as content:
        modules = [name for name in content.namelist() if name.startswith(MODULE)]
    return file.name, modules, built.stderr


def test_with_a_compiler_the_wheel_holds_the_compiled_side(checkout: Path, tmp_path: Path) -> None:
    if shutil.which("cc") is None:
        unavailable("no C compiler is here")
    name, modules, _ = wheel(checkout, tmp_path / "dist")
    assert not name.endswith("py3-none-any.whl")
    assert [module for module in modules if module.endswith((".so", ".pyd"))]


def test_without_a_compiler_the_wheel_is_plain_and_says_so(checkout: Path, tmp_path: Path) -> None:
    name, modules, told = wheel(checkout, tmp_path / "dist", CC=str(tmp_path / "no-compiler"))
    assert name.endswith("py3-none-any.whl")
    assert modules == [MODULE + "pyx"]
    assert "the order book is not compiled" in told

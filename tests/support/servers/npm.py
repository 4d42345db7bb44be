"""What tests need from npm, installed once into the repository's cache."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from pathlib import Path
from typing import Final

INSTALL_TIMEOUT_S: Final = 280.0
"""Below the time that a test has."""


class NpmError(Exception):
    """A package cannot be had on this machine; the message says why."""


def installed(package: str, version: str, cache: Path) -> Path:
    """Return the folder of a package, installed into `cache` on first use. Raises NpmError."""
    folder = cache / "node_modules" / package
    cache.mkdir(parents=True, exist_ok=True)
    # Several test processes may want it first at the same moment.
    with (cache / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            _install(f"{package}@{version}", cache)
    return folder


def _install(what: str, cache: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise NpmError(f"{what} needs npm")
    command = [npm, "install", "--prefix", str(cache), "--no-save", "--no-audit", "--no-fund"]
    try:
        subprocess.run(
            [*command, what], check=True, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S
        )
    except subprocess.CalledProcessError as error:
        raise NpmError(f"npm install {what} failed: {error.stderr.strip()[-300:]}") from None
    except subprocess.TimeoutExpired:
        raise NpmError(f"npm install {what} took too long") from None

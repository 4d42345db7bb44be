"""The doctor's checks of this machine."""

from __future__ import annotations

import re
import shutil
import sys
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Final

import psutil

from compose.brokers.apache import find_java
from compose.brokers.base import BrokerError
from compose.brokers.jars import cached_jars, kafka_version
from compose.brokers.noida import noida_binary
from compose.brokers.probe import port_problem
from compose.doctor.finding import Finding, fail, ok, warn
from compose.stack.data_dir import DataDirError, locked_data_dir
from processors.engine.book.book_side import IS_COMPILED

MINIMUM_PYTHON: Final = (3, 11)
NEEDED_DISK_MB: Final = 1_000
NEEDED_MEMORY_MB: Final = 900
LOCK_FILE: Final = Path(__file__).parents[2] / "requirements.lock"
_PIN: Final = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
_NAME: Final = re.compile(r"[A-Za-z0-9._-]+")


def check_python() -> Finding:
    """Check the interpreter's version."""
    found = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info < MINIMUM_PYTHON:
        return fail("python", found, "install Python 3.11 or newer and recreate the .venv")
    return ok("python", f"{found}, {sys.executable}")


def check_packages(lock: Path = LOCK_FILE) -> Finding:
    """Check that every needed package is there, in a checkout in the version of the lock file."""
    missing = [name for name in _needed() if _installed(name) is None]
    if missing:
        return fail("packages", f"missing: {', '.join(missing)}", "run make install")
    if not lock.is_file():
        return ok("packages", "all present")
    # A package may be pinned once for each range of Python versions.
    pins: dict[str, list[str]] = {}
    for name, pinned in _PIN.findall(lock.read_text(encoding="utf-8")):
        pins.setdefault(name, []).append(pinned)
    other = [
        f"{name} {found} (lock: {' or '.join(allowed)})"
        for name, allowed in pins.items()
        if (found := _installed(name)) is not None and found not in allowed
    ]
    if other:
        return warn(
            "packages", f"other versions than locked: {', '.join(other)}", "run make clean install"
        )
    return ok("packages", f"as in {lock.name}")


def check_book(is_compiled: bool = IS_COMPILED) -> Finding:
    """Tell which of the two sides of the order book is in force: they differ in cost alone."""
    if is_compiled:
        return ok("order book", "compiled")
    return warn(
        "order book",
        "in Python: the same figures at twice the cost",
        "install a C compiler (gcc or clang), then run make clean install",
    )


def check_port(host: str, port: int) -> Finding:
    """Check that the page's port can be had."""
    if port == 0:
        return ok("page port", "a free one will be taken")
    problem = port_problem(host, port)
    if problem is not None:
        return fail(
            "page port", f"{host}:{port}: {problem}", "choose another --port or 0 for a free one"
        )
    return ok("page port", f"{host}:{port} is free")


def check_data_dir(path: Path) -> Finding:
    """Check that the data dir can be written and no other stack runs in it."""
    path = path.expanduser().absolute()
    existed = path.exists()
    try:
        with locked_data_dir(path):
            return ok("data dir", f"{path} is writable and free")
    except DataDirError as error:
        return fail("data dir", str(error))
    finally:
        if not existed:
            # An examination leaves no trace.
            shutil.rmtree(path, ignore_errors=True)


def check_disk(path: Path) -> Finding:
    """Check the space below the data dir."""
    path = path.expanduser().absolute()
    nearest = next(parent for parent in (path, *path.parents) if parent.exists())
    free_mb = shutil.disk_usage(nearest).free // 1_000_000
    if free_mb < NEEDED_DISK_MB:
        cure = "free some space or choose another --data-dir"
        return warn("disk", f"{free_mb} MB free at {nearest}, needs {NEEDED_DISK_MB}", cure)
    return ok("disk", f"{free_mb} MB free")


def check_memory() -> Finding:
    """Check that an embedded stack would fit into what is free."""
    free_mb = psutil.virtual_memory().available // 1_000_000
    if free_mb < NEEDED_MEMORY_MB:
        fact = f"{free_mb} MB available, the embedded stack needs up to {NEEDED_MEMORY_MB}"
        return warn("memory", fact, "close other programs, or keep the store elsewhere")
    return ok("memory", f"{free_mb} MB available")


def check_noida() -> Finding:
    """Check that the embedded broker's binary is there."""
    try:
        return ok("broker noida", f"noida-db {version('noida-db')}, {noida_binary()}")
    except BrokerError as error:
        return fail("broker noida", str(error))


def check_java() -> Finding:
    """Check what Apache Kafka runs on."""
    try:
        return ok("java", str(find_java()))
    except BrokerError as error:
        return fail("java", str(error))


def check_maven() -> Finding:
    """Check what fetches Apache Kafka, unless it was fetched before."""
    jars = cached_jars()
    if jars is not None:
        return ok("maven", f"not needed: Apache Kafka {kafka_version()} is in {jars}")
    found = shutil.which("mvn")
    if found is None:
        return fail("maven", "no mvn on the PATH", "apt-get install maven")
    return ok("maven", found)


def _needed() -> list[str]:
    found = (_NAME.match(line) for line in requires("wallwatch") or () if "extra ==" not in line)
    return [match[0] for match in found if match]


def _installed(name: str) -> str | None:
    try:
        # Some packages write their version as v1.2.3, which means the same.
        return version(name).removeprefix("v")
    except PackageNotFoundError:
        return None

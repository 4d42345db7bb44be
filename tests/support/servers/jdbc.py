"""ClickHouse's JDBC driver, fetched once by Maven, and a small program that asks through it."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Final

from tests.support.paths import REPOSITORY
from tests.support.servers.availability import unavailable

JAVA: Final = Path(__file__).parent / "java"
CACHE: Final = REPOSITORY / ".cache" / "jdbc"
FETCH_TIMEOUT_S: Final = 240.0
ASK_TIMEOUT_S: Final = 120.0
_COPY: Final = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"


def jdbc_jars() -> Path:
    """Return the folder of jars; the test is skipped visibly without Java's compiler or Maven."""
    for tool in ("java", "javac", "mvn"):
        if shutil.which(tool) is None:
            unavailable(f"the JDBC driver needs {tool}")
    pom = JAVA / "pom.xml"
    # Another pom is another folder, so a changed pin is never mixed with old jars.
    jars = CACHE / hashlib.sha256(pom.read_bytes()).hexdigest()[:12]
    jars.mkdir(parents=True, exist_ok=True)
    with (jars / "fetch.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (jars / "complete").exists():
            command = ["mvn", "-q", "-B", "-f", str(pom), _COPY, f"-DoutputDirectory={jars}"]
            try:
                subprocess.run(command, check=True, capture_output=True, timeout=FETCH_TIMEOUT_S)
            except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
                unavailable(f"Maven could not fetch the JDBC driver: {error}")
            (jars / "complete").touch()
    return jars


def ask_by_jdbc(url: str, database: str, *queries: str) -> list[str]:
    """Return the lines that the program prints: tables, rows and errors."""
    command = ["java", "-cp", f"{jdbc_jars()}/*", str(JAVA / "Ask.java"), url, database, *queries]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=ASK_TIMEOUT_S, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()

"""Fetches the pinned jars of Apache Kafka from Maven Central, once, into a cache."""

import asyncio
import fcntl
import hashlib
import os
import re
import shutil
import tempfile
import time
from pathlib import Path

from platformdirs import user_cache_path

from compose.brokers.base import BrokerError, Say

RESOURCES = Path(__file__).parent / "apache"
POM = RESOURCES / "pom.xml"
FETCH_DEADLINE_S = 600.0
PROGRESS_S = 5.0


def kafka_version() -> str:
    """Return the version of Apache Kafka that the pom pins."""
    found = re.search(r"kafka_2\.13</artifactId>\s*<version>([^<]+)<", POM.read_text("utf-8"))
    if found is None:
        raise ValueError(f"{POM} pins no kafka_2.13")
    return found[1]


def cache_root() -> Path:
    """Return `.cache/kafka` of a checkout, else `wallwatch/kafka` of the user's cache folder."""
    checkout = Path(__file__).parents[2]
    if (checkout / "pyproject.toml").is_file():
        return checkout / ".cache" / "kafka"
    return user_cache_path("wallwatch", appauthor=False) / "kafka"


def cached_jars(cache: Path | None = None) -> Path | None:
    """Return the folder of jars if they were fetched before."""
    jars = _folder(cache or cache_root())
    return jars if jars.is_dir() else None


async def kafka_jars(say: Say, cache: Path | None = None) -> Path:
    """Return the folder of jars, fetching them first if need be. Raises BrokerError."""
    jars = _folder(cache or cache_root())
    if jars.is_dir():
        return jars
    root = jars.parent
    root.mkdir(parents=True, exist_ok=True)
    with (root / "fetch.lock").open("w") as lock:
        await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)
        if not jars.is_dir():
            await _fetch(jars, say)
    return jars


def _folder(root: Path) -> Path:
    # Another pom is another folder, so a changed pin is never mixed with old jars.
    digest = hashlib.sha256(POM.read_bytes()).hexdigest()[:12]
    return root / f"{kafka_version()}-{digest}"


async def _fetch(jars: Path, say: Say) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise BrokerError(
            "--broker apache needs Maven (mvn) once, to fetch Apache Kafka; install it "
            "(apt-get install maven), or use --broker noida"
        )
    say(f"fetching Apache Kafka {kafka_version()} with Maven (about 45 MB, once) into {jars}")
    staging = Path(tempfile.mkdtemp(prefix="fetch-", dir=jars.parent))
    command = [maven, "-q", "-B", "-f", str(POM), "dependency:copy-dependencies"]
    try:
        await _run([*command, f"-DoutputDirectory={staging}"], say)
        # Renamed only when complete: a folder of that name always holds every jar.
        os.chmod(staging, 0o755)
        os.rename(staging, jars)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


async def _run(command: list[str], say: Say) -> None:
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    talk = asyncio.ensure_future(process.communicate())
    try:
        while not (await asyncio.wait({talk}, timeout=PROGRESS_S))[0]:
            elapsed = time.monotonic() - began
            say(f"Maven is fetching Apache Kafka ... {elapsed:.0f} s")
            if elapsed > FETCH_DEADLINE_S:
                raise BrokerError(
                    f"Maven did not fetch Apache Kafka within {FETCH_DEADLINE_S:g} s; "
                    "check the network and try again"
                )
        output, _ = talk.result()
    finally:
        if process.returncode is None:
            process.kill()
        await asyncio.wait({talk})
    if process.returncode != 0:
        lines = [line for line in output.decode(errors="replace").splitlines() if line.strip()]
        reason = next((line for line in lines if "ERROR" in line), "no reason given")
        raise BrokerError(
            f"Maven could not fetch Apache Kafka: {reason.removeprefix('[ERROR] ')}; "
            "check the network, or use --broker noida"
        )

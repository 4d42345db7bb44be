"""The compose files as Docker's own tool reads them: Debian's docker-compose, without an engine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from typing import Any, Final

import pytest
import yaml

from tests.support.paths import REPOSITORY
from tests.support.servers.availability import unavailable

FOLDER: Final = REPOSITORY / "compose"
BASE: Final = "docker-compose.yml"
CLUSTER: Final = "docker-compose.cluster.yml"
INSTALL_TIMEOUT_S: Final = 240
SECRETS: Final = {
    "KAFKA_PASSWORD": "kafkapass1",
    "KAFKA_BROKER_PASSWORD": "brokerpass2",
    "CLICKHOUSE_WRITER_PASSWORD": "writerpass3",
    "CLICKHOUSE_READER_PASSWORD": "readerpass4",
    "GRAFANA_ADMIN_PASSWORD": "adminpass5",
}


@pytest.fixture(scope="session")
def docker_compose() -> str:
    """Path of docker-compose, installed where that is possible without asking."""
    found = shutil.which("docker-compose")
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        _install()
        found = shutil.which("docker-compose")
    if found is None:
        unavailable("the compose files need docker-compose (Debian: docker-compose)")
    return found


def _install() -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (
        ["update", "-qq"],
        ["install", "-qq", "--yes", "--no-install-recommends", "docker-compose"],
    ):
        try:
            subprocess.run(
                ["apt-get", *arguments],
                env=environment,
                check=True,
                capture_output=True,
                timeout=INSTALL_TIMEOUT_S,
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            unavailable(f"docker-compose could not be installed: {error}")


def run_config(
    command: str, files: tuple[str, ...], environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Return what `docker-compose config` says of the files with nothing but this environment."""
    arguments = [part for name in files for part in ("--file", str(FOLDER / name))]
    with tempfile.NamedTemporaryFile("w", prefix="wallwatch-", suffix=".env") as file:
        file.writelines(f"{name}={value}\n" for name, value in environment.items())
        file.flush()
        return subprocess.run(
            [command, "--env-file", file.name, *arguments, "config"],
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


def read_config(command: str, *files: str, **environment: str) -> dict[str, Any]:
    """Return the merged and expanded compose files; fails the test where they are refused."""
    result = run_config(command, files, {**SECRETS, **environment})
    assert result.returncode == 0, result.stderr
    document: dict[str, Any] = yaml.safe_load(result.stdout)
    return document

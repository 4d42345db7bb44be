"""Persists a ban of the venue across restarts.

A service that forgets its ban sends requests after every restart, which prolongs the ban.
"""

import json
import logging
import os
import tempfile
import time
from pathlib import Path
from typing import Final

from filelock import FileLock
from platformdirs import user_state_path
from pydantic import BaseModel, ConfigDict, ValidationError

logger = logging.getLogger(__name__)

MAX_BAN_S: Final = 3 * 86_400.0
"""The venue's longest ban; longer values in the file are ignored."""
LOCK_TIMEOUT_S: Final = 1.0
FILE_NAME: Final = "rest-bans.json"


class _Bans(BaseModel):
    model_config = ConfigDict(extra="ignore")

    closed_until_ms: dict[str, int] = {}
    """Wall-clock time by REST address, ms since the epoch."""


def default_state_dir() -> Path:
    """Return the user's state folder: $XDG_STATE_HOME/wallwatch.

    One without a home, as in a container that runs as any user, has a folder of its own in the one
    for temporary files.
    """
    try:
        return user_state_path("wallwatch", appauthor=False)
    except RuntimeError:
        return Path(tempfile.gettempdir()) / f"wallwatch-{os.getuid()}"


class BanFile:
    """The entry of one REST address in a small JSON file that several services may share."""

    def __init__(self, folder: Path | None, address: str) -> None:
        self._path = (folder or default_state_dir()) / FILE_NAME
        self._address = address

    def remaining_s(self) -> float:
        """Return the remaining ban of the address, s; 0: none."""
        until_ms = self._read().closed_until_ms.get(self._address, 0)
        # Whole numbers: the file may hold one that no float can.
        left_ms = until_ms - int(time.time() * 1_000)
        return min(int(MAX_BAN_S * 1_000), max(0, left_ms)) / 1_000

    def write(self, closed_s: float) -> None:
        """Store a ban of the address for `closed_s` from now.

        A folder that cannot be written to is logged; the ban holds for this run.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self._path.with_suffix(".lock"), timeout=LOCK_TIMEOUT_S):
                self._write(closed_s)
        except OSError as error:
            logger.warning(
                "%s cannot be written (%s): a restart will not know of the ban; set "
                "ingest.state_dir",
                self._path,
                error.strerror or error,
            )

    def _write(self, closed_s: float) -> None:
        now_ms = int(time.time() * 1_000)
        known = self._read().closed_until_ms
        entries = {address: end for address, end in known.items() if end > now_ms}
        entries[self._address] = now_ms + int(closed_s * 1_000)
        temporary = self._path.with_suffix(f".{os.getpid()}.tmp")
        temporary.write_text(json.dumps({"closed_until_ms": entries}, indent=1))
        temporary.replace(self._path)

    def _read(self) -> _Bans:
        try:
            return _Bans.model_validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return _Bans()
        except (OSError, ValidationError) as error:
            logger.warning("%s cannot be read, no ban is known: %s", self._path, error)
            return _Bans()

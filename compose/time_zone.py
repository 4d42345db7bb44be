"""The time zone of the process. The embedded store cannot be loaded where `TZ` names none that it
knows, be it a typing error or a rule such as `UTC+3`."""

from __future__ import annotations

import os
import time
from pathlib import Path
from zoneinfo import ZoneInfo


def settle_time_zone() -> str:
    """Take UTC where `TZ` names no zone; return what is to be said of it, empty if nothing."""
    named = os.environ.get("TZ", "")
    if _is_zone(named.removeprefix(":")):
        return ""
    os.environ["TZ"] = "UTC"
    time.tzset()
    return f"TZ={named} names no time zone of this machine: UTC is used"


def _is_zone(name: str) -> bool:
    if not name:
        return True
    if Path(name).is_absolute():
        return Path(name).is_file()
    try:
        ZoneInfo(name)
    except (LookupError, OSError, ValueError):
        return False
    return True

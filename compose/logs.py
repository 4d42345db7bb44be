"""What a process writes to its log: set once at the start, for our packages and for libraries."""

import logging
import sys
from typing import Final

OURS: Final = ("ingest", "processors", "dashboards", "compose", "schemas")
LOG_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"

LIBRARY_LEVELS: Final = {
    # It tells of every try while a broker is away, and of what it also raises.
    "aiokafka": logging.CRITICAL,
    # The driver logs a traceback of every failure that it also raises.
    "clickhouse_connect": logging.CRITICAL,
    "urllib3": logging.CRITICAL,
    "faust": logging.ERROR,
    "mode": logging.ERROR,
    # They subclass Faust services, which log under the module's name.
    "processors.faust_app.app": logging.ERROR,
    "processors.faust_app.transport": logging.ERROR,
}
"""Where a library says what we say ourselves: a user is told once."""


def quiet_libraries() -> None:
    """Let libraries log only what nobody else reports. To be called once, at the start."""
    for name, level in LIBRARY_LEVELS.items():
        logging.getLogger(name).setLevel(level)


def write_log() -> None:
    """Write the log of this process to stderr: ours from INFO, everybody's from WARNING."""
    logging.basicConfig(level=logging.WARNING, format=LOG_FORMAT, stream=sys.stderr)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)

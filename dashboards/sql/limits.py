"""What a query may take, and which settings a client may choose for it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Final

from dashboards.sql.errors import Problem, SqlError, refusal
from schemas.settings.sql import SqlSettings

NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
VALUE: Final = re.compile(r"[^'\\\x00-\x1f]{0,200}")
CHOSEN: Final = (
    "cast_keep_nullable",
    "date_time_output_format",
    "extremes",
    "group_by_use_nulls",
    "join_algorithm",
    "join_use_nulls",
    "limit",
    "max_block_size",
    "offset",
    "prefer_column_name_to_alias",
    "session_timezone",
    "totals_mode",
    "transform_null_in",
    "union_default_mode",
)
CHOSEN_PREFIXES: Final = ("format_", "output_format_")
FORMAT_FILES: Final = ("schema", "template")
"""In a setting's name: it names a file that the engine would read."""
WITHOUT_EFFECT: Final = re.compile(
    r"async_insert\w*|buffer_size|date_time_input_format|client_protocol_version|compile_expressions|connect_timeout\w*"
    r"|enable_http_compression|http_\w+|input_format_\w+|insert_\w+|log_\w+|max_insert_\w+"
    r"|network_\w+|priority|query_id|quota_key|receive_timeout|role|send_progress_in_http_headers"
    r"|send_timeout|session_id|session_timeout|stacktrace|wait_end_of_query|wait_for_async_insert\w*"
)
"""What clients send for servers, inserts and sessions: accepted, and of no use here."""


def limits(settings: SqlSettings) -> dict[str, float]:
    """Return the engine settings that bound a query; a client may only ask for less."""
    return {
        "max_execution_time": settings.max_execution_s,
        "max_memory_usage": settings.max_memory_mb << 20,
        "max_result_rows": settings.max_result_rows,
        "max_result_bytes": settings.max_memory_mb << 19,
        "max_threads": 1,
    }


def chosen(wanted: Mapping[str, str], settings: SqlSettings) -> dict[str, str]:
    """Return the engine settings for one query, from what its client asks for.

    Raises SqlError for a setting that lifts a limit, ends read-only mode or is not known here.
    """
    most = limits(settings)
    result = {name: _number(value) for name, value in most.items()}
    for name, value in wanted.items():
        if name in most:
            result[name] = _lowered(name, value, most[name])
        elif name == "readonly":
            if value not in ("1", "2"):
                words = "Cannot modify 'readonly' setting in readonly mode"
                raise refusal(Problem.READONLY, words)
        elif _may_be_chosen(name):
            result[name] = _sound(name, value)
        elif not WITHOUT_EFFECT.fullmatch(name):
            raise _unknown(name)
    return result


def _may_be_chosen(name: str) -> bool:
    if not NAME.fullmatch(name):
        return False
    if name.startswith(CHOSEN_PREFIXES):
        return not any(part in name for part in FORMAT_FILES)
    return name in CHOSEN


def _lowered(name: str, value: str, most: float) -> str:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or number < 0:
        raise refusal(Problem.BAD_ARGUMENTS, f"Setting {name}: {value[:40]!r} is not a number")
    if number == 0 or number > most:
        words = f"Setting {name} shouldn't be greater than {most:g}, or 0"
        raise refusal(Problem.SETTING_CONSTRAINT_VIOLATION, words)
    return _number(number if name == "max_execution_time" else math.ceil(number))


def _number(value: float) -> str:
    return str(round(value)) if value == round(value) else f"{value:g}"


def _sound(name: str, value: str) -> str:
    if not VALUE.fullmatch(value):
        words = f"Setting {name}: a value has no quotes, backslashes or control characters"
        raise refusal(Problem.BAD_ARGUMENTS, words)
    return value


def _unknown(name: str) -> SqlError:
    known = f"the limits, {', '.join(CHOSEN)}, format_* and output_format_*"
    words = f"Setting {name[:80]!r} cannot be changed here; what can: {known}"
    return refusal(Problem.UNKNOWN_SETTING, words)

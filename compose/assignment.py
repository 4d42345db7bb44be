"""SECTION.NAME=VALUE on a command line: one engine setting."""

from __future__ import annotations

import tomllib
from typing import Any

from compose.errors import UsageError


def assignment(text: str) -> dict[str, Any]:
    """Read `section.name=value` as nested overrides. Raises UsageError if it is none."""
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(
            f"{text!r}: write SECTION.NAME=VALUE, for example threshold.floor_usd=2000000"
        )
    return override(name, setting_value(value))


def override(name: str, value: Any) -> dict[str, Any]:
    """Return `value` under the dotted `name`. Raises UsageError if that names no setting."""
    parts = name.split(".")
    if len(parts) < 2 or not all(parts):
        raise UsageError(
            f"{name!r} names no setting: write SECTION.NAME, for example threshold.floor_usd"
        )
    for part in reversed(parts):
        value = {part: value}
    return dict(value)


def setting_value(text: str) -> Any:
    """Read a value as TOML, else as plain text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text

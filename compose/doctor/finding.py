"""What one check of the doctor found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's report."""

    level: Level
    name: str
    fact: str
    cure: str = ""
    """What to do about it; empty where all is well."""


def ok(name: str, fact: str) -> Finding:
    """Return a finding that needs nothing."""
    return Finding(Level.OK, name, fact)


def warn(name: str, fact: str, cure: str) -> Finding:
    """Return a finding that may hurt later."""
    return Finding(Level.WARN, name, fact, cure)


def fail(name: str, fact: str, cure: str = "") -> Finding:
    """Return a finding with which `wallwatch up` cannot work."""
    return Finding(Level.FAIL, name, fact, cure)

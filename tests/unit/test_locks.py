"""The image's locks are parts of the developers' lock: what was tested is what runs."""

from __future__ import annotations

import re
from typing import Final

import pytest

from tests.support.paths import REPOSITORY

PIN: Final = re.compile(r"^([a-z0-9-]+)(?:\[[^]]*\])?==([^\s;]+)", re.MULTILINE)
DEVELOPERS_ALONE: Final = {"pytest", "mypy", "ruff", "hypothesis", "selenium", "pre-commit"}


def pins(name: str) -> dict[str, str]:
    """Return the pinned version of each package of a lock file."""
    return dict(PIN.findall((REPOSITORY / name).read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", ["requirements-runtime.lock", "requirements-build.lock"])
def test_a_part_of_the_lock_agrees_with_it(name: str) -> None:
    every, part = pins("requirements.lock"), pins(name)
    assert part, name
    assert {package: every.get(package) for package in part} == part


def test_the_image_holds_nothing_that_only_developers_need() -> None:
    assert set(pins("requirements.lock")) >= DEVELOPERS_ALONE
    assert not DEVELOPERS_ALONE & set(pins("requirements-runtime.lock"))

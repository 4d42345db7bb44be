"""The folders show the architecture: each says what belongs in it, none is crowded, and imports
point one way."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.support.paths import REPOSITORY

PACKAGES: Final = ("schemas", "ingest", "processors", "dashboards", "compose")
MOST_FILES: Final = 15
MAY_IMPORT: Final = {
    "schemas": {"schemas"},
    "ingest": {"ingest", "schemas"},
    "processors": {"processors", "schemas"},
    "dashboards": {"dashboards", "schemas"},
    "compose": set(PACKAGES),
}
"""Arrows between the packages: ingest, processors and dashboards meet at topics and tables."""
PURE: Final = ("processors/engine", "processors/cross")
IMPURE: Final = ("processors.shell", "processors.faust_app", "processors.sink", "processors.ops")


def folders() -> list[Path]:
    """Return every folder of modules, tests included."""
    roots = [REPOSITORY / name for name in (*PACKAGES, "tests")]
    return sorted({path.parent for root in roots for path in root.rglob("*.py")})


def imports_of(path: Path) -> Iterator[str]:
    """Give the modules of ours that a module imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("folder", folders(), ids=lambda p: str(p.relative_to(REPOSITORY)))
def test_a_room_says_what_belongs_in_it_and_is_not_crowded(folder: Path) -> None:
    init = folder / "__init__.py"
    assert init.exists(), f"{folder} is no package"
    assert ast.get_docstring(ast.parse(init.read_text(encoding="utf-8"))), init
    assert len(list(folder.glob("[!_]*.py"))) <= MOST_FILES, folder


def test_migrations_lie_in_their_folder() -> None:
    store = REPOSITORY / "schemas" / "clickhouse"
    assert not list(store.glob("*.sql")), "they are read from schemas/clickhouse/migrations"
    assert list((store / "migrations").glob("*.sql"))


def test_the_shell_knows_nothing_of_faust_apps() -> None:
    wrong = {
        f"{path.name} imports {module}"
        for path in (REPOSITORY / "processors" / "shell").rglob("*.py")
        for module in imports_of(path)
        if module.startswith(("processors.faust_app", "processors.ops", "processors.sink"))
    }
    assert not wrong


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_point_one_way(package: str) -> None:
    wrong = {
        f"{path.relative_to(REPOSITORY)} imports {module}"
        for path in (REPOSITORY / package).rglob("*.py")
        for module in imports_of(path)
        if (root := module.partition(".")[0]) in PACKAGES and root not in MAY_IMPORT[package]
    }
    assert not wrong


def test_the_engines_know_nothing_of_those_who_run_them() -> None:
    wrong = {
        f"{path.relative_to(REPOSITORY)} imports {module}"
        for folder in PURE
        for path in (REPOSITORY / folder).rglob("*.py")
        for module in imports_of(path)
        if module.startswith(IMPURE) or module.partition(".")[0] in {"faust", "aiokafka", "aiohttp"}
    }
    assert not wrong

"""No sum of the engine depends on the version of Python."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from processors.engine.plain_sum import plain_sum
from tests.support.paths import REPOSITORY

ENGINE = REPOSITORY / "processors" / "engine"
VERSIONED = {"sum", "fmean", "mean", "sumprod"}
"""Calls whose last bit differs between versions of Python; that of fsum is exact in all of them."""


def test_it_adds_from_left_to_right() -> None:
    values = [0.1] * 10
    assert plain_sum(values) == 0.9999999999999999
    assert plain_sum([1e100, 1.0, -1e100]) == 0.0
    assert plain_sum(iter([1, 2, True])) == 4
    assert plain_sum([]) == 0


@pytest.mark.parametrize(
    "path", sorted(ENGINE.rglob("*.py")), ids=lambda path: str(path.relative_to(ENGINE))
)
def test_no_sum_of_the_engine_depends_on_the_python(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [
        f"line {node.lineno}: {ast.unparse(node)[:60]}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Name) and node.func.id in VERSIONED)
            or (
                isinstance(node.func, ast.Attribute)
                and node.func.attr in VERSIONED
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id in {"math", "statistics", "builtins"}
            )
        )
    ]
    assert not found, f"use processors.engine.plain_sum: {found}"

"""docs/operations.md has a line for whatever an operator may be told, and none for what is gone."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pytest

from dashboards.panels.boards.alert_rules import ALERT_RULES
from ingest.ops.metric_definitions import ALL_METRICS as INGEST_METRICS
from processors.engine.readings.alerts import CHAIN, SWAN, TRAP
from processors.ops.metric_definitions import ALL_METRICS as WORKER_METRICS
from schemas.market import ResetReason, StreamState
from schemas.signals.alert import FATE_DRIFT
from tests.support.paths import REPOSITORY

TEXT: Final = (REPOSITORY / "docs" / "operations.md").read_text(encoding="utf-8")
METRIC: Final = re.compile(r"`(wallwatch_(?:ingest|worker)_[a-z0-9_]*[a-z0-9])")

PUT_ASIDE: Final = frozenset({"FrameError", "Refusal", "dead_letter", "_reject", "_refuse"})
"""What is called with the reason of a dead letter."""
TOLD_BY: Final = frozenset({"why_impossible", "_ahead", "_not_ms", "_explain"})
"""What returns one, or builds one for its caller."""
NO_REASONS: Final = frozenset(
    {
        # A poll that does not exist on that market.
        "spot has no open interest",
        # Of a whole listing: ingest ends or waits for the next one.
        "X, and so are all X entries",
        # Sources of dead letters.
        "X:X",
        "listing X",
    }
)


def _rows(heading: str) -> list[list[str]]:
    """Return the cells of the table under a heading."""
    _, _, rest = TEXT.partition(f"\n{heading}")
    section = re.split(r"\n#+ ", rest)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def _named(heading: str) -> list[str]:
    return [name for row in _rows(heading) for name in re.findall(r"`([^`]+)`", row[0])]


def test_every_reset_reason_has_a_line() -> None:
    assert sorted(_named("### Why a book was given up")) == sorted(ResetReason)


def test_every_state_of_a_stream_has_a_line() -> None:
    assert sorted(_named("### States of a stream")) == sorted(StreamState)


def test_every_alert_rule_has_a_line() -> None:
    told = [row[0] for row in _rows("### What Grafana alerts on")]
    assert sorted(told) == sorted(rule.title for rule in ALERT_RULES)


def test_no_metric_is_explained_that_does_not_exist() -> None:
    known = {metric.name for metric in (*INGEST_METRICS, *WORKER_METRICS)}
    assert set(METRIC.findall(TEXT)) - known == set()


def test_every_metric_has_a_line() -> None:
    told = set(METRIC.findall(TEXT))
    assert [m.name for m in (*INGEST_METRICS, *WORKER_METRICS) if m.name not in told] == []


def test_every_rule_of_the_engine_s_alerts_has_a_line() -> None:
    told = _named("### What the engine alerts on")
    assert sorted(told) == sorted({CHAIN, FATE_DRIFT, SWAN, TRAP})
    emitted = {
        _name(node.args[1])
        for path in sorted((REPOSITORY / "processors" / "engine").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and _name(node.func) == "Finding"
    }
    assert emitted == {"CHAIN", "FATE_DRIFT", "SWAN", "TRAP"}, "a new one needs a line"


def _reasons() -> Iterator[str]:
    """Yield every reason in the code, with X for what is filled in."""
    for room in ("ingest", "processors"):
        for path in sorted((REPOSITORY / room).rglob("*.py")):
            yield from _reasons_in(path)


def _reasons_in(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in PUT_ASIDE:
            yield from _texts(node.args)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inner = list(ast.walk(node))
            if node.name in TOLD_BY:
                yield from _texts(one.value for one in inner if isinstance(one, ast.Return))
            if any(isinstance(one, ast.Call) and _name(one.func) in PUT_ASIDE for one in inner):
                yield from _texts(
                    one.value
                    for one in inner
                    if isinstance(one, ast.Assign) and _name(one.targets[0]) == "reason"
                )


def _texts(values: Iterable[ast.expr | None]) -> Iterator[str]:
    yield from (text for value in values if value is not None and (text := _text(value)))


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _text(value: ast.expr) -> str:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return value.value
    if not isinstance(value, ast.JoinedStr):
        return ""
    parts = [part.value if isinstance(part, ast.Constant) else "X" for part in value.values]
    return "".join(map(str, parts))


def _explained() -> list[re.Pattern[str]]:
    """Return the documented reasons as patterns; words in capitals stand for anything."""
    patterns = []
    for reason in _named("### Dead letters"):
        words = re.split(r"\b[A-Z]{1,}\b", reason)
        patterns.append(re.compile(".+".join(map(re.escape, words))))
    return patterns


FOUND: Final = sorted(set(_reasons()) - NO_REASONS)


def test_the_reasons_are_found() -> None:
    assert len(FOUND) >= 15
    assert "not a frame: X" in FOUND
    assert "event time X is negative" in FOUND


@pytest.mark.parametrize("reason", FOUND)
def test_every_reason_of_a_dead_letter_has_a_line(reason: str) -> None:
    assert any(pattern.fullmatch(reason) for pattern in _explained())


PROBES: Final = ("ingest/service.py", "processors/ops/probes.py")
PROBED: Final = frozenset({"unhealthy", "unready", "_behind"})


def _probed() -> list[str]:
    """Return every reason of a page of health, with X for what is filled in."""
    found = []
    for file in PROBES:
        for node in ast.walk(ast.parse((REPOSITORY / file).read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in PROBED:
                found += [text for one in ast.walk(node) for text in _texts(_listed(one))]
    return sorted(set(found) - {"X-X"})


def _listed(node: ast.AST) -> list[ast.expr]:
    """Return what a node puts into a list."""
    match node:
        case ast.List(elts=items):
            return items
        case ast.ListComp(elt=item):
            return [item]
        case ast.Call(func=ast.Attribute(attr="append"), args=items):
            return items
    return []


def test_the_reasons_of_health_are_found() -> None:
    assert len(_probed()) >= 11


@pytest.mark.parametrize("reason", _probed())
def test_every_reason_of_health_has_a_line(reason: str) -> None:
    tables = re.findall(r"^\| (`[^|]*) \|", TEXT, flags=re.MULTILINE)
    told = [name for cell in tables for name in re.findall(r"`([^`]+)`", cell)]
    # Capitals and dots stand for what differs.
    starts = [re.split(r"\b[A-Z]\b|\.\.\.", name.removeprefix("N "))[0] for name in told]
    words = reason.removeprefix("X ")
    assert any(words.startswith(start) for start in starts if len(start) > 5)

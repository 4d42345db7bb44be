"""A venue is known by description, facts and dialect: nothing else asks for its name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from ingest.exchange.dialect import DIALECTS
from ingest.exchange.streamed.protocols import PROTOCOLS
from ingest.venues.registry import DESCRIPTIONS, venue_of
from schemas.settings import VENUES, IngestSettings
from schemas.venues.known import FACTS
from tests.support.paths import REPOSITORY

ROOMS: Final = ("schemas", "ingest", "processors", "dashboards", "compose")
MAY_NAME: Final = (
    "schemas/venues/",
    "ingest/venues/",
    "ingest/exchange/dialect.py",
    "ingest/exchange/streamed/protocols.py",
)
NO_LOGIC: Final = {
    "dashboards/panels/colours.py": "each has a colour of its own on a board",
    "schemas/settings/ingest/markets.py": "the venue where none is named",
    "ingest/exchange/config.py": "the same of the built-in exchange",
    "compose/evaluation/hard/tapes.py": "captures that were made before captures told their venue",
}
MOST_LINES: Final = 150
ROOM: Final = REPOSITORY / "ingest" / "venues"


def names_in(path: Path) -> Iterator[str]:
    """Give each name of a venue that is a value in a module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and node.value in VENUES:
            yield f"{path.relative_to(REPOSITORY)}:{node.lineno} {node.value}"


def test_no_logic_elsewhere_names_a_venue() -> None:
    found: list[str] = []
    for room in ROOMS:
        for path in sorted((REPOSITORY / room).rglob("*.py")):
            where = path.relative_to(REPOSITORY).as_posix()
            if not where.startswith(MAY_NAME) and where not in NO_LOGIC:
                found += names_in(path)
    assert found == []


def test_every_venue_is_found_by_its_description_and_its_dialect() -> None:
    assert set(DESCRIPTIONS) == set(DIALECTS) == set(VENUES)
    assert {name for name, dialect in DIALECTS.items() if dialect.is_streamed} == set(PROTOCOLS)


@pytest.mark.parametrize("name", VENUES)
def test_the_settings_of_a_venue_are_those_of_its_facts(name: str) -> None:
    settings = IngestSettings(venue=name)
    assert {key: getattr(settings, key) for key in FACTS[name].defaults} == FACTS[name].defaults
    assert venue_of(settings).name == name
    assert FACTS[name].market("BTC").startswith("BTC")


@pytest.mark.parametrize(
    "path", sorted(ROOM.rglob("*.py")), ids=lambda path: path.relative_to(ROOM).as_posix()
)
def test_a_description_and_what_it_is_made_of_are_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_every_folder_of_a_company_names_the_sources_of_its_rules() -> None:
    """The modules that describe a market, or what a company's markets share."""
    for company in sorted(path for path in ROOM.iterdir() if (path / "__init__.py").exists()):
        described = [one for one in DESCRIPTIONS.values() if company.name in one.__module__]
        assert described, company
        for one in (company / "base.py", company / "frames.py"):
            assert "https://" in one.read_text(encoding="utf-8"), one

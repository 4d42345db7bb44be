"""Colours of venues follow the registry: a new venue needs no change in dashboards."""

from __future__ import annotations

from dashboards.panels.colours import VENUE_COLOURS, VENUE_PALETTE, colours_of_venues
from dashboards.web.pages import colours_css
from schemas.settings import VENUES
from tests.support.paths import REPOSITORY

SOURCES = (".py", ".js", ".css", ".html", ".sql")
"""Written by hand; the boards in JSON are generated."""


def test_every_known_venue_has_a_colour_of_its_own() -> None:
    assert tuple(VENUE_COLOURS) == VENUES
    assert len(set(VENUE_PALETTE)) == len(VENUE_PALETTE)
    assert len(set(VENUE_COLOURS.values())) == min(len(VENUES), len(VENUE_PALETTE))
    css = colours_css()
    assert all(f"--venue-{name}:{colour};" in css for name, colour in VENUE_COLOURS.items())


def test_a_venue_that_is_added_changes_no_colour_but_its_own() -> None:
    names = [f"venue_{number}" for number in range(2 * len(VENUE_PALETTE) + 1)]
    for count in range(len(names) + 1):
        colours = colours_of_venues(names[:count])
        assert list(colours) == names[:count]
        assert colours.items() <= colours_of_venues(names).items()
    assert colours_of_venues(names)[names[-1]] == VENUE_PALETTE[0]


def test_dashboards_name_no_venue() -> None:
    named = {
        f"{path.relative_to(REPOSITORY)}: {venue}"
        for path in (REPOSITORY / "dashboards").rglob("*")
        if path.suffix in SOURCES
        for venue in VENUES
        if venue in path.read_text(encoding="utf-8")
    }
    assert not named

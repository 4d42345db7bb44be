"""Finds a venue by its name: every class in the modules of this folder that describes one."""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pkgutil import walk_packages
from typing import Final

from ingest import venues
from ingest.venues.base import Venue
from schemas.settings import VENUES, IngestSettings

Describes = Callable[[IngestSettings], Venue]


def _found() -> Iterator[tuple[str, Describes]]:
    """Give name and class of each description."""
    for module in walk_packages(venues.__path__, f"{venues.__name__}."):
        if module.name == __name__:
            continue
        for one in vars(import_module(module.name)).values():
            name = one.__dict__.get("name") if isinstance(one, type) else None
            if isinstance(name, str) and name in VENUES:
                yield name, one


DESCRIPTIONS: Final[Mapping[str, Describes]] = dict(_found())


def venue_of(settings: IngestSettings) -> Venue:
    """Return the venue that the settings name; they allow known names only."""
    return DESCRIPTIONS[settings.venue](settings)

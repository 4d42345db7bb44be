"""All venues, found by the modules of this folder, and how one is named."""

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import Annotated, Final

from pydantic import AfterValidator, WithJsonSchema

from schemas import venues
from schemas.venues.facts import VenueFacts


def _found() -> Iterator[VenueFacts]:
    """Give the facts of every module here that has some, by the modules' names."""
    for name in sorted(module.name for module in iter_modules(venues.__path__)):
        if name != __name__.rpartition(".")[2]:
            yield from getattr(import_module(f"{venues.__name__}.{name}"), "VENUES", ())


FACTS: Final[Mapping[str, VenueFacts]] = {facts.name: facts for facts in _found()}
VENUES: Final = tuple(FACTS)
"""Names of all venues."""


def _known(name: str) -> str:
    if name not in FACTS:
        raise ValueError(f"unknown venue {name!r}; known: {', '.join(VENUES)}")
    return name


VenueName = Annotated[
    str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": list(VENUES)})
]
"""The name of a venue that ingest can follow."""


def markets_of(assets: Sequence[str], named: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the markets of coins (`BTC`) on the named venues, by their spelling."""
    return {venue: tuple(FACTS[venue].market(asset) for asset in assets) for venue in named}


def image_ms(venue: str) -> int:
    """Return how far a trade may lie from the change of its book, ms; 0 for an unknown venue."""
    return FACTS[venue].image_ms if venue in FACTS else 0

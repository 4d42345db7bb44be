"""Field types of payloads that venues write alike: decimal strings as doubles, times in ms."""

from typing import Annotated, Final

from msgspec import Meta

LARGEST: Final = 1e18
"""Upper bound of prices and quantities; excludes infinity."""

Price = Annotated[float, Meta(gt=0, lt=LARGEST)]
Quantity = Annotated[float, Meta(ge=0, lt=LARGEST)]
Id = Annotated[int, Meta(ge=0, le=2**63 - 1)]
TimeMs = Annotated[int, Meta(gt=0, lt=10**17)]
SentTime = Annotated[int, Meta(ge=0, lt=10**17)]
"""ms; 0 where the frame does not state it."""
Symbol = Annotated[str, Meta(min_length=1)]
Levels = list[tuple[Price, Quantity]]

"""What one venue is called and what its own defaults are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class VenueFacts:
    """One venue."""

    name: str
    """In settings, keys of records and flags, for example `bybit_linear`."""
    spelling: str
    """How it spells the first market of a coin, for example `{asset}-USDT-SWAP`."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """What the defaults of `IngestSettings` are for it, where they are others than those there."""
    image_ms: int = 0
    """How far the stated time of a trade may lie from the moment its quantity left the book: 0 for
    single trades on the clock of the book, the interval of images for a book of images;
    `wallwatch doctor --alignment` measures a capture."""

    def market(self, asset: str) -> str:
        """Return the first market of a coin (`BTC`)."""
        return self.spelling.format(asset=asset)

"""The common form of what a detector found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from compose.evaluation.injection.stream import MarketStream
from schemas.market import MarketRecord, Trades
from schemas.signals import Classification, Side


class Told(NamedTuple):
    """A class as it was told."""

    event_time: int
    """Event time that it is told for, ms."""
    read_until: int
    """Newest event time that had been read when it was told: what waiting for other streams
    costs."""
    classification: Classification


@dataclass(slots=True)
class Detection:
    """One large order as a detector saw it. Times are event times, ms."""

    side: Side
    price: float
    first_seen: int
    last_seen: int
    """When it was closed; the end of the stream where it still stands."""
    traded_qty: float = 0.0
    """Base quantity."""
    iceberg: bool = False
    told: list[Told] = field(default_factory=list)
    """Each change of its class."""
    evidence: dict[str, float] | None = None
    """The pieces of the spoof score, where it was pulled and the detector has such a score."""

    @property
    def final(self) -> Classification:
        """The last class it was given."""
        return self.told[-1].classification if self.told else Classification.UNKNOWN

    def tell(self, event_time: int, read_until: int, classification: Classification) -> None:
        """Note the class, if it is another one than before."""
        if not self.told or self.final is not classification:
            self.told.append(Told(event_time, read_until, classification))


class Detector(Protocol):
    """Finds large orders in a stream. Deterministic."""

    name: str

    def run(self, stream: MarketStream) -> list[Detection]:
        """Return every large order that it reports, whatever the class."""
        ...


def newest_time(record: MarketRecord, before: int) -> int:
    """Return the newest event time that is known once `record` has been read, ms."""
    if isinstance(record, Trades):
        return max(before, *(trade.event_time for trade in record.trades), 0)
    return max(before, record.event_time)

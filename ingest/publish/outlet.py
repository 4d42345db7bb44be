"""The interface through which a session publishes its records."""

from enum import Enum, auto
from typing import Protocol

from schemas.control import DeadLetter
from schemas.record import Record


class PutResult(Enum):
    """Whether a record was accepted."""

    TAKEN = auto()
    NO_ROOM = auto()
    """Dropped: the limit is reached, other records would be dropped too (backpressure)."""
    TOO_LARGE = auto()
    """Dropped: this record exceeds the largest record size."""


class RecordOutlet(Protocol):
    """Takes records, and sees raw frames. Nothing in it waits."""

    @property
    def is_roomy(self) -> bool:
        """Whether backpressure has ended, so that new records are accepted."""
        ...

    def put(self, record: Record | DeadLetter, bypass_limit: bool = False) -> PutResult:
        """Take a record; the order of the calls is the order of publication.

        `bypass_limit`: accept it even at the limit, because it reports a loss.
        """
        ...

    def frame(self, raw: bytes, received_ns: int) -> None:
        """Take a raw frame before it is processed."""
        ...

    def snapshot(self, symbol: str, raw: bytes, received_ns: int) -> None:
        """Take a raw REST snapshot before it is processed."""
        ...

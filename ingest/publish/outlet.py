"""Where the output of a session goes."""

from enum import Enum, auto
from typing import Protocol

from schemas.control import DeadLetter
from schemas.record import Record


class PutResult(Enum):
    """What becomes of a record that is handed over."""

    TAKEN = auto()
    NO_ROOM = auto()
    """It is lost, as every other record would be now."""
    TOO_LARGE = auto()
    """It is lost; others are not concerned."""


class RecordOutlet(Protocol):
    """Takes records, and sees frames as they came. Nothing in it waits."""

    @property
    def is_roomy(self) -> bool:
        """Whether those whose records did not fit may try again."""
        ...

    def put(self, record: Record | DeadLetter, bypass_limit: bool = False) -> PutResult:
        """Take a record; the order of the calls is the order of publication.

        `must`: it says that something else is lost, and is taken even where there is no room.
        """
        ...

    def frame(self, raw: bytes, received_ns: int) -> None:
        """Take a frame as it came, before it is processed."""
        ...

    def snapshot(self, symbol: str, raw: bytes, received_ns: int) -> None:
        """Take a REST snapshot as it came, before it is processed."""
        ...

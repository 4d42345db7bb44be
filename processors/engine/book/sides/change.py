"""What an update does to a level that somebody watches, and what it must never say."""

from typing import NamedTuple


class ContradictionError(Exception):
    """An update contradicts itself or the book: the book may not be used any more."""


class LevelChange(NamedTuple):
    """A level that somebody watches, before and after one update. Quantities in base."""

    price: float
    old_qty: float
    new_qty: float
    was_empty: bool
    """The price lies beyond the snapshot, it was known, and no level stood there."""

    def old_usd(self) -> float:
        """Notional before the update, quote currency."""
        return self.price * self.old_qty


def impossible(price: float) -> ContradictionError:
    """Return the error of a price that no level can have."""
    return ContradictionError(f"price {price!r} is not positive")


def twice(where: str) -> ContradictionError:
    """Return the error of a price that is named twice in one snapshot or update."""
    return ContradictionError(f"a level twice in one {where}")


def negative(price: float) -> ContradictionError:
    """Return the error of a level of less than nothing."""
    return ContradictionError(f"a negative quantity at {price!r}")

"""How one change of a level came about: added, traded, cancelled. Lots are conserved."""

from typing import NamedTuple


class Split(NamedTuple):
    """How one change of a level came about, in lots; all parts are >= 0.

    new - old = added - traded - cancelled - unexplained. `hidden` is taker volume that the
    displayed level did not lose: orders that trades include and depth does not. It stays outside
    the identity.
    """

    added: int
    traded: int
    cancelled: int
    hidden: int
    unexplained: int = 0
    """Lost while trades were missing or late: traded or cancelled, nobody can say."""

    def plus(self, other: "Split") -> "Split":
        """Return the split of two changes together."""
        return Split(*(mine + its for mine, its in zip(self, other, strict=True)))


def split_change(old: int, new: int, taken: int, *, sound: bool = True) -> Split:
    """Split the change of a level from `old` to `new` lots while takers took `taken` lots, as far
    as is known: where the trades were not `sound`, more may have been taken."""
    lost = max(old - new, 0)
    traded = min(taken, lost)
    rest = lost - traded
    cancelled, unexplained = (rest, 0) if sound else (0, rest)
    return Split(max(new - old, 0), traded, cancelled, taken - traded, unexplained)

"""What is put on top of a standing order is an order of its own, and goes first."""

from typing import NamedTuple

from processors.engine.plain_sum import plain_sum


class Share(NamedTuple):
    """What one order of a level gets of a change of that level, in lots."""

    new: int
    """What it shows after the change."""
    taken: int
    """What takers took of it."""


def share_out(currents: list[int], new: int, taken: int) -> list[Share]:
    """Share a change of a level to `new` lots, `taken` of them by takers, among its orders.

    `currents` are what the orders show, the one that came first in front. What comes last goes
    first: a loss is taken from the last one on, and so is what takers took, as far as the loss
    goes. What was added goes to the first, and so does what takers took beyond the loss (hidden
    volume).
    The sums of the shares are `new` and `taken`.
    """
    lost = max(plain_sum(currents) - new, 0)
    shares: list[Share] = []
    left, traded = lost, min(taken, lost)
    for current in reversed(currents):
        loss = min(left, current)
        explained = min(traded, loss)
        left, traded = left - loss, traded - explained
        shares.append(Share(current - loss, explained))
    first = shares[-1]
    added = max(new - plain_sum(currents), 0)
    shares[-1] = Share(first.new + added, first.taken + taken - min(taken, lost))
    return shares[::-1]


def child_lots(current: int, new: int, refilling: int, threshold_lots: float) -> int:
    """Return how many lots of a growth from `current` to `new` are a child order; 0 if none.

    `refilling` is what the order showed before takers consumed it (0: nothing to make good): that
    much of the growth is a refill of the order itself, and no order of its own.
    """
    grown = new - max(current, refilling)
    return grown if grown > 0 and grown >= threshold_lots else 0

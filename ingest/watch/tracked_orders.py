"""Which symbols have large orders in their books, as reported by the processors. Pure."""

from collections import defaultdict

from schemas.signals import CloseReason, OrderState


class TrackedOrders:
    """The open orders of each symbol, by id.

    A lost book ends all its orders at once with an unknown outcome. They still count until the
    symbol's next event, because meanwhile the symbol waits for a snapshot.
    """

    def __init__(self) -> None:
        self._open: defaultdict[str, set[str]] = defaultdict(set)
        self._lost: set[str] = set()

    def take(
        self, symbol: str, order_id: str, state: OrderState, reason: CloseReason | None
    ) -> None:
        """Process one life-cycle event of an order."""
        if reason is CloseReason.BOOK_RESET:
            self._lost.add(symbol)
            return
        if symbol in self._lost:
            self._lost.discard(symbol)
            self._open.pop(symbol, None)
        if state is not OrderState.CLOSED:
            self._open[symbol].add(order_id)
        elif symbol in self._open:
            self._open[symbol].discard(order_id)
            if not self._open[symbol]:
                del self._open[symbol]

    def __contains__(self, symbol: object) -> bool:
        """Return whether the symbol has an open order, or had when its book was lost."""
        return symbol in self._open

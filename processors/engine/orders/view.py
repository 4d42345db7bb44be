"""What is out of view: a venue that shows a number of levels hides orders without ending them.

Such an order is suspended. It goes on where it left when its level comes back into view as it was;
what it lost meanwhile is unexplained; where nothing of it is there, or it stays away, it ends as
`lost_view`.
"""

from typing import Final

from processors.engine.orders.levels import TrackedLevels
from processors.engine.orders.order import TrackedOrder
from processors.engine.orders.reporter import TrackerState
from schemas.signals import Side

Edges = tuple[float | None, float | None]
"""The outermost bid and ask in view; None: the whole side is."""
WHOLE: Final[Edges] = (None, None)
LOST_VIEW_MS: Final = 60_000
"""An order that was out of view for so long is followed no more."""


class View:
    """How far the newest depth update that was followed has shown each side."""

    def __init__(self, state: TrackerState, levels: TrackedLevels) -> None:
        self._state, self._levels = state, levels

    def hid(self, side: Side, price: float) -> bool:
        """Tell whether a price was out of view until now."""
        if side is Side.BID:
            return self._state.bid_edge is not None and price < self._state.bid_edge
        return self._state.ask_edge is not None and price > self._state.ask_edge

    def moved(self, edges: Edges, now: int) -> tuple[list[TrackedOrder], list[TrackedOrder]]:
        """Note what is in view from `now` (ms) on; return the orders that are back, and those that
        were away for too long."""
        state = self._state
        if edges == WHOLE == (state.bid_edge, state.ask_edge):
            return [], []
        state.bid_edge, state.ask_edge = edges
        back: list[TrackedOrder] = []
        lost: list[TrackedOrder] = []
        for order in self._levels.all():
            if not all(self.hid(order.side, price) for price in order.prices()):
                if order.unseen_since:
                    order.unseen_since = 0
                    back.append(order)
            elif not order.unseen_since:
                order.unseen_since = now
            elif now - order.unseen_since >= LOST_VIEW_MS:
                lost.append(order)
        return back, lost

    def reset(self) -> None:
        """Begin anew with the next book."""
        self._state.bid_edge, self._state.ask_edge = WHOLE

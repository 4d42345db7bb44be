"""What the judge remembers of orders that ended, and of what went on around them."""

import msgspec

from processors.engine.orders.chain import ChainMemory
from processors.engine.orders.order import TrackedOrder
from processors.engine.verdict.patterns import PatternMemory
from processors.engine.verdict.surroundings import Surroundings
from schemas.signals import Classification, CloseReason, Side


class ClosedOrder(msgspec.Struct, frozen=True):
    """What the action score remembers of a closed order."""

    closed_at: int
    classification: Classification
    order_id: str = ""
    side: Side = Side.BID
    relevance: float = 1.0
    """How much it counts, in [0, 1]."""


class PulledOrder(msgspec.Struct, frozen=True):
    """An order that was pulled a moment ago, and may yet turn out to be something else."""

    order: TrackedOrder
    reason: CloseReason
    closed_at: int
    probability: float = 0.0
    limit: float = 1.0


class JudgeState(msgspec.Struct):
    """Everything that has to survive a restart."""

    patterns: PatternMemory = msgspec.field(default_factory=PatternMemory)
    chains: ChainMemory = msgspec.field(default_factory=ChainMemory)
    around: Surroundings = msgspec.field(default_factory=Surroundings)
    closed: list[ClosedOrder] = []
    pulled: list[PulledOrder] = []
    """Unclassified pulls within the layering window."""
    accused: list[PulledOrder] = []
    """Accused pulls that may yet be taken back: missing trades or what is pulled on the other
    side may acquit them."""

    def __post_init__(self) -> None:
        # A pull that stands in both lists is one object: what is found out of it holds in both, and
        # is told once. In a state that was saved it stands twice.
        pulled = self.pulled
        self.accused = [next((one for one in pulled if one == two), two) for two in self.accused]

    def remembered(self, since: int = 0) -> list[PulledOrder]:
        """Return every order that was closed at or after `since` (ms) and may still change its
        class, each once."""
        if not self.pulled and not self.accused:
            return []
        known = {
            id(pulled.order): pulled
            for pulled in (*self.pulled, *self.accused)
            if pulled.closed_at >= since
        }
        return list(known.values())

    def book_lost(self) -> None:
        """Forget what can no longer be compared with the book."""
        self.pulled.clear()
        self.accused.clear()
        self.chains.clear()
        self.around.clear()

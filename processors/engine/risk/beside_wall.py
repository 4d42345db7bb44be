"""What is suggested beside a tracked order while it stands as a wall, as fields of its event."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from processors.engine.book.book import OrderBook
from processors.engine.book.book_side import BookSide
from processors.engine.orders.order import TrackedOrder
from processors.engine.risk.suggestion import NoSuggestion, Suggestion, Surface, Wall, suggest
from processors.engine.risk.tick import LADDER_LEVELS, tick_of
from processors.engine.scope import Scope
from schemas.market import Level
from schemas.signals import DEFENSIVE, Side


class SuggestedFields(NamedTuple):
    """The fields of an order event about a suggestion; all None where there are none."""

    suggestion: str | None = None
    suggested_entry: float | None = None
    suggested_invalidation: float | None = None
    suggested_qty: float | None = None
    suggested_exit: float | None = None
    suggested_loss_usd: float | None = None
    max_loss_usd: float | None = None


NOTHING: Final = SuggestedFields()
ONE_SIDED: Final = NoSuggestion("the book has one side only")


def beside(
    order: TrackedOrder, book: OrderBook, minute_bps: float, scope: Scope
) -> SuggestedFields:
    """Return what is suggested beside an open order. `minute_bps` is how far mid wanders in a
    minute (standard deviation)."""
    limits, max_loss_usd = scope.settings.risk, scope.stated.risk.max_loss_usd
    max_loss = limits.max_loss_usd
    if max_loss is None or max_loss_usd is None or order.classification not in DEFENSIVE:
        return NOTHING
    prices = order.prices()
    near, far = min(prices), max(prices)
    wall = Wall(order.side, *((far, near) if order.side is Side.BID else (near, far)))
    surface = _surface(wall, book, minute_bps, order.lots_per_base)
    found = ONE_SIDED if surface is None else suggest(wall, surface, max_loss, limits)
    if isinstance(found, NoSuggestion):
        words = f"Not advice. Nothing to suggest: {found.reason}."
        return SuggestedFields(words, max_loss_usd=max_loss_usd)
    # Not above what is allowed: going to the quote currency and back may round up.
    loss_usd = min(found.loss_usd * scope.usd, max_loss_usd)
    return SuggestedFields(
        in_words(wall, found, (loss_usd, max_loss_usd), limits.fee_bps),
        found.entry,
        found.invalidation,
        found.qty,
        found.exit_price,
        loss_usd,
        max_loss_usd,
    )


def in_words(wall: Wall, found: Suggestion, losses_usd: tuple[float, float], fee_bps: float) -> str:
    """Return a suggestion in one sentence that says it is no advice.

    `losses_usd`: the expected one and the most that is allowed."""
    loss_usd, max_loss_usd = losses_usd
    does, stands = ("buy", "bid") if wall.direction > 0 else ("sell", "ask")
    limited = " (the known book holds no more)" if found.is_limited else ""
    return (
        f"Not advice. Leaning on this {stands}: {does} {found.qty:.12g}{limited} at "
        f"{found.entry:.12g}; the wall has not held from {found.invalidation:.12g} on. To leave "
        f"there through the book of this moment, at {found.exit_price:.12g} on average and with "
        f"{fee_bps:g} bps each way, loses {loss_usd:,.2f} of at most "
        f"{max_loss_usd:,.12g} USD."
    )


def _surface(wall: Wall, book: OrderBook, minute_bps: float, lots_per_base: int) -> Surface | None:
    """Return what the book shows around a wall; None where it has one side only."""
    bid, ask = book.best_bid(), book.best_ask()
    ladder = [level[0] for side in (book.bids, book.asks) for level in side.top(LADDER_LEVELS)]
    tick = tick_of(ladder)
    if bid is None or ask is None or tick is None:
        return None
    levels = _beyond(book.side(wall.side), wall)
    return Surface(bid[0], ask[0], tick, minute_bps, levels, lots_per_base)


def _beyond(levels: BookSide, wall: Wall) -> Iterator[Level]:
    """Give the levels beyond a wall, outwards."""
    return levels.outwards(levels.standing().count_before(wall.far, included=True))

"""One reading at one horizon as an outcome."""

from typing import Final, NamedTuple

import msgspec

from processors.engine.book.book import OrderBook
from processors.engine.ledger.mid_path import Range
from processors.engine.ledger.reading import Reading
from processors.engine.scope import Scope
from schemas.record import SCHEMA_VERSION
from schemas.signals import Outcome
from schemas.units import BPS

DIGITS: Final = 6
"""Of a figure in bps."""


class Touch(msgspec.Struct, frozen=True):
    """Best bid and ask of a book, quote currency."""

    bid: float
    ask: float

    @classmethod
    def of(cls, book: OrderBook) -> "Touch | None":
        """Return the touch of a book; None where it is not known or has one side only."""
        bid, ask = book.best_bid(), book.best_ask()
        return cls(bid[0], ask[0]) if book.valid and bid and ask else None

    @property
    def mid(self) -> float:
        """The middle of bid and ask."""
        return (self.bid + self.ask) / 2

    @property
    def half_spread_bps(self) -> float:
        """Half of what bid and ask lie apart."""
        return round((self.ask - self.bid) / 2 / self.mid * BPS, DIGITS)


class PendingReading(msgspec.Struct, gc=False):
    """A reading whose horizons are not all over."""

    reading: Reading
    told_at: int
    touch: Touch | None
    """None: there was no book when it was told."""
    sigma_bps: float
    path: Range
    settings_version: str
    horizons_ms: list[int]
    """Those that are still to come."""
    model_version: str | None = None
    """Of the model of fates that was in force."""


class Moment(msgspec.Struct, frozen=True, gc=False):
    """What an outcome is stamped with."""

    time: int
    """Event time, ms."""
    received_us: int


class Figures(NamedTuple):
    """What is measured; all None where nothing can be."""

    mid_at: float | None = None
    mid_after: float | None = None
    move_bps: float | None = None
    return_bps: float | None = None
    favourable_bps: float | None = None
    adverse_bps: float | None = None
    half_spread_bps_at: float | None = None
    half_spread_bps_after: float | None = None
    sigma_bps: float | None = None


def figures(pending: PendingReading, touch: Touch, low: float, high: float) -> Figures:
    """Measure a reading: `touch` at its horizon, `low` and `high` the extremes of mid until then.

    Moves in bps of the mid at which it was told.
    """
    before = pending.touch or touch
    direction = pending.reading.direction
    move, rise = _bps(touch.mid, before.mid), _bps(high, before.mid)
    fall = abs(_bps(low, before.mid))
    favourable, adverse = (rise, fall) if direction > 0 else (fall, rise)
    return Figures(
        before.mid,
        touch.mid,
        move,
        direction * move + 0.0 if direction else None,
        favourable if direction else None,
        adverse if direction else None,
        before.half_spread_bps,
        touch.half_spread_bps,
        round(pending.sigma_bps, DIGITS),
    )


def outcome(
    scope: Scope,
    pending: PendingReading,
    horizon_ms: int,
    moment: Moment,
    found: Figures,
    void_reason: str | None = None,
) -> Outcome:
    """Return what was found of a reading at a horizon, or why nothing can be."""
    reading = pending.reading
    return Outcome.trusted(
        {
            "schema_version": SCHEMA_VERSION,
            "venue": scope.venue,
            "symbol": scope.symbol,
            "event_id": f"{reading.id}@{horizon_ms}",
            "event_time": moment.time,
            "received_us": moment.received_us,
            "reading_id": reading.id,
            "reading_kind": reading.kind,
            "label": reading.label,
            "direction": reading.direction,
            "reading_time": reading.time,
            "told_at": pending.told_at,
            "horizon_ms": horizon_ms,
            **found._asdict(),
            "void_reason": void_reason,
            "settings_version": pending.settings_version,
            "model_version": pending.model_version,
        }
    )


def _bps(price: float, start: float) -> float:
    return round((price - start) / start * BPS, DIGITS) + 0.0  # Never minus zero.

"""What the markets of a coin say together. Their venue is `all`, their symbol the coin.

Quantities are in base, values in USD. Lists of one signal go by the same markets, in the order of
`markets`, each `venue:symbol`.
"""

from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import Field

from schemas.signals.action import FinalAction
from schemas.signals.large_order import Side
from schemas.signals.signal import Signal


class CrossKind(StrEnum):
    """What was seen on several markets."""

    WALL = "wall"
    """Large orders of one side at one price that came together."""
    COPIED = "copied"
    """An order of the same size that came at the same price while the first one stood."""
    MOVED = "moved"
    """Pulled on one market, and the same size at the same price on another right after."""
    LURE_TAKING = "lure_taking"
    """Shown and pulled on one market while takers took on another what the lure attracts."""


ACCUSING: Final = (CrossKind.COPIED, CrossKind.MOVED, CrossKind.LURE_TAKING)
"""The kinds that raise an alert; a lure where enough was taken (`cross.alert_taking_*`)."""


class CrossStage(StrEnum):
    """Where a finding is in its life."""

    OPENED = "opened"
    CHANGED = "changed"
    CLOSED = "closed"


class CrossFinding(Signal):
    """One step of something that is seen on several markets.

    The sums of all pieces obey initial + added - traded - cancelled - unexplained = current, those
    that are gone included.
    """

    table: ClassVar[str] = "cross_findings"

    signal: Literal["finding"] = "finding"
    finding_id: str
    sequence: int
    """Number of the step, from 0; event_id is `finding_id#sequence`."""
    kind: CrossKind
    stage: CrossStage
    """MOVED and LURE_TAKING are told once, as closed."""
    side: Side
    price: float
    """Mean price of the pieces by quantity, on the scale of the common mid."""
    distance_bps: float
    """Of that price from the common mid."""
    spread_bps: float
    """Largest distance between two pieces, the basis taken out."""
    markets: list[str]
    """The market where it began first."""
    order_ids: list[str]
    prices: list[float]
    quantities: list[float]
    """What stands now."""
    max_quantities: list[float]
    since: list[int]
    """When each piece was first seen, or for takers the beginning of the time they are counted."""
    delay_ms: int
    """From the first market to the second: of the openings, of the pull and the opening (moved), of
    the middle of the taker volume against the pull (lure)."""
    initial_qty: float
    added_qty: float
    traded_qty: float
    cancelled_qty: float
    unexplained_qty: float
    current_qty: float
    max_qty: float
    """Largest sum that stood at one time."""
    value_usd: float
    """Of the sum that stands; of the largest one once it is gone."""
    taken_qty: float = 0.0
    """Taker volume on the other market (lure)."""
    taken_share: float = 0.0
    taken_usual: float = 0.0
    """How many times the usual volume that is."""
    tolerance_ms: int
    """Between the clocks of two venues, as in the settings."""


class CrossSecond(Signal):
    """One second of all markets of a coin."""

    table: ClassVar[str] = "cross_1s"

    signal: Literal["second"] = "second"
    markets: list[str]
    """Those that told something of the second."""
    missing: list[str]
    """Those that are known and told nothing."""
    mid: float | None
    """Common mid: the geometric mean, with the basis of missing markets kept."""
    mids: list[float | None]
    basis_bps: list[float | None]
    """Of each market against the common mid, median."""
    buy_qty: list[float]
    sell_qty: list[float]
    buy_usd: float
    sell_usd: float
    cvd_qty: float
    """Sum over the markets, each with its rolling window."""
    cvd_usd: float
    cvd_qty_by_market: list[float]
    open_interest: float | None
    """Sum of those that have one."""
    open_interest_by_market: list[float | None]


class CrossAction(Signal):
    """What the markets of a coin add up to, and which of them agree."""

    table: ClassVar[str] = "cross_actions"

    signal: Literal["action"] = "action"
    final_action: FinalAction
    buy_score: float
    """Of the markets, weighed by their taker volume of the last minute."""
    sell_score: float
    markets: list[str]
    actions: list[FinalAction]
    weights: list[float]
    agreeing: list[str]
    against: list[str]
    """The markets whose own action points the other way."""
    evidence: dict[str, Any]


class CrossLead(Signal):
    """Which of two markets moves first."""

    table: ClassVar[str] = "cross_leads"

    signal: Literal["lead"] = "lead"
    first: str
    second: str
    lead_ms: int | None
    """By how much the first leads (negative: follows) where the returns agree best; None where they
    do not agree enough."""
    correlation: float
    """At that lag."""
    correlation_at_0: float
    samples: int
    """Returns of 100 ms."""


class CrossClock(Signal):
    """How far the clock of a market lies from that of the others.

    Rests on receive times, so it is outside of the comparison of two runs, and decides nothing.
    """

    table: ClassVar[str] = "cross_clocks"

    signal: Literal["clock"] = "clock"
    market: str
    delay_ms: float
    """Least receive time - event time within the report time."""
    skew_ms: float
    """That of the market - median of all markets: clock and way together."""
    tolerance_ms: int
    within_tolerance: bool


CrossSignal = Annotated[
    CrossFinding | CrossSecond | CrossAction | CrossLead | CrossClock,
    Field(discriminator="signal"),
]
"""The values of `signals.cross`, told apart by `signal`."""

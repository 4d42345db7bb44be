"""What the markets of a coin say, side by side."""

from __future__ import annotations

from dashboards.web.answers.base import Age, Answer
from schemas.signals import Classification, CrossKind, CrossStage, FinalAction, Side


class WallAnswer(Answer):
    """A large order that stands on one market."""

    market: str
    order_id: str
    side: Side
    price: float
    """As the venue writes it."""
    common_price: float
    """The basis taken out, USD of one coin."""
    value_usd: float
    classification: Classification
    age_ms: int


class RungAnswer(Answer):
    """Walls of one side at one price."""

    side: Side
    price: float
    """Mean by worth, the basis taken out, USD."""
    distance_bps: float
    """From the common mid, negative below it."""
    value_usd: float
    markets: int
    """On how many markets they stand."""
    kinds: list[CrossKind]
    """What their orders are part of now."""
    walls: list[WallAnswer]


class CoinMarket(Age):
    """One market of a coin."""

    market: str
    """`venue:symbol`."""
    venue: str
    symbol: str
    is_told: bool
    """Whether the newest common second has it."""
    unvalued: str
    """Its quote currency, where nobody knows what that is worth in USD: its prices and amounts have
    no place beside those of the others. Empty where it is known."""
    mid: float | None
    basis_bps: float | None
    cvd_qty: float | None
    open_interest: float | None
    final_action: FinalAction | None
    weight: float | None
    """In the action of all: share of taker volume."""
    stands: str | None
    """`agrees`, `objects` or `neither`, to the action of all; null: it has not spoken."""
    skew_ms: float | None
    """Of its clock against the others, way included."""
    tolerance_ms: int | None
    """That is used between two clocks."""
    within_tolerance: bool | None


class CoinAction(Answer):
    """What the markets add up to."""

    event_time: int
    final_action: FinalAction
    buy_score: float
    sell_score: float
    agreeing: list[str]
    against: list[str]


class FindingAnswer(Answer):
    """The newest step of something that was seen on several markets."""

    event_time: int
    finding_id: str
    kind: CrossKind
    stage: CrossStage
    side: Side
    price: float
    distance_bps: float
    spread_bps: float
    markets: list[str]
    """Where it began first; of a lure, the market of the takers last."""
    order_ids: list[str]
    """Of these markets in the same order."""
    prices: list[float]
    max_quantities: list[float]
    since: list[int]
    delay_ms: int
    max_qty: float
    value_usd: float
    taken_qty: float
    taken_share: float
    taken_usual: float


class CoinAnswer(Answer):
    """One coin."""

    coin: str
    now_ms: int
    """Newest event time of its markets."""
    told_ms: int | None
    """End of the newest second that all of them told; null: there is none."""
    words: str
    """Why nothing can be compared; empty where it can."""
    mid: float | None
    """Common mid, USD."""
    cvd_qty: float | None
    cvd_usd: float | None
    open_interest: float | None
    missing: list[str]
    """Markets that are not waited for any longer."""
    within_bps: float
    """Walls stand at one price up to this distance."""
    action: CoinAction | None
    markets: list[CoinMarket]
    ladder: list[RungAnswer]
    """From the highest price down."""
    findings: list[FindingAnswer]
    """The newest first."""


class CoinsAnswer(Answer):
    """All coins, those with one market included."""

    coins: list[CoinAnswer]

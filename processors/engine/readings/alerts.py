"""What a person should look at: lures that nobody followed, and the signs of a crash."""

from typing import Any, Final

import msgspec

from processors.engine.readings.flow import Flow
from processors.engine.verdict.classify import CHAIN_RULE
from schemas.settings import AlertSettings
from schemas.signals import (
    ALERT_LEVELS,
    PULLED,
    AlertLevel,
    LargeOrderEvent,
    OrderEventKind,
    Side,
    Tier,
)

TRAP, SWAN, CHAIN = "trap", "swan", "chain"
MOST_CHAINS: Final = 100
"""Chains whose alert may still grow; the oldest give way."""


class Finding(msgspec.Struct, frozen=True):
    """An alert before it has an id."""

    identity: str
    """What the alert is about; with rule and level it makes the id."""
    rule: str
    level: AlertLevel
    message: str
    evidence: dict[str, Any]
    event_time: int | None = None
    """When it was told first, where it is told again because it grew, ms."""


class ToldChain(msgspec.Struct):
    """A chain of lures that an alert was told of."""

    told_at: int
    """When the alert was told first, ms; it keeps this time while it grows."""
    links: int
    """Links when it was told last."""


class AlertState(msgspec.Struct):
    """What was said already, and what a fall is measured against."""

    swans: dict[str, int] = {}
    """Rank of the highest swan level told by order."""
    chains: dict[str, ToldChain] = {}
    """By chain, in the order in which they were told first."""
    oi_told_at: int = 0
    polls: list[tuple[int, float]] = []
    """(time in ms, open interest) within the swan window, oldest first."""
    mids: list[tuple[int, float]] = []
    """(time in ms, mid) at each second within the swan window, oldest first."""

    def remember_mid(self, now: int, mid: float, window_ms: int) -> None:
        """Note the mid of a second."""
        self.mids.append((now, mid))
        while self.mids[0][0] < now - window_ms:
            del self.mids[0]

    def moved_bps(self, since: int, mid: float) -> float:
        """Return how far `mid` lies from the last one noted at or before `since` (ms), bps."""
        before = [noted for time, noted in self.mids if time <= since]
        start = before[-1] if before else self.mids[0][1] if self.mids else mid
        return (mid - start) / start * 10_000

    def price_change_pct(self) -> float:
        """Return the change of mid over the swan window, %."""
        if not self.mids:
            return 0.0
        return (self.mids[-1][1] - self.mids[0][1]) / self.mids[0][1] * 100


def trap(
    event: LargeOrderEvent,
    worth: str,
    bought_share: float,
    moved_bps: float,
    settings: AlertSettings,
) -> Finding | None:
    """Tell a bull or bear trap: a lure that was pulled while nobody followed it.

    `worth` is its largest value in words, `bought_share` the share of recent taker volume that were
    buys (0.5 without trades),
    `moved_bps` the move of mid since the order was first seen.
    """
    if event.close_reason not in PULLED or event.lifetime_ms >= settings.trap_lifetime_ms:
        return None
    if event.chain_length > 1:
        return None  # The chain has an alert of its own.
    cancelled = event.cancelled_qty / event.max_qty
    if cancelled <= settings.trap_cancelled or not event.birth_known:
        return None
    is_bid = event.side is Side.BID
    confirming = bought_share > 0.5 if is_bid else bought_share < 0.5
    followed = moved_bps if is_bid else -moved_bps
    if confirming or followed > settings.trap_flat_bps or "refused" in event.evidence:
        return None
    kind = "bull" if is_bid else "bear"
    return Finding(
        event.order_id,
        TRAP,
        AlertLevel.HIGH,
        f"{kind} trap: {event.side} of {worth} at {event.price} was pulled"
        f" after {event.lifetime_ms} ms",
        {
            "kind": kind,
            "order_id": event.order_id,
            "side": event.side,
            "cancelled_share": round(cancelled, 6),
            "bought_share": round(bought_share, 6),
            "moved_bps": round(moved_bps, 6),
            "lifetime_ms": event.lifetime_ms,
        },
    )


def chain(event: LargeOrderEvent, worth: str, state: AlertState) -> Finding | None:
    """Tell a chain of lures: one alert, told again each time the chain has grown to twice its
    length."""
    if event.evidence.get("rule") != CHAIN_RULE:
        return None
    told = state.chains.get(event.chain_id)
    if told is not None and event.chain_length < 2 * told.links:
        return None
    if told is None:
        told = state.chains[event.chain_id] = ToldChain(event.event_time, 0)
        if len(state.chains) > MOST_CHAINS:
            del state.chains[next(iter(state.chains))]
    told.links = event.chain_length
    lasted_ms = event.event_time - event.chain_first_seen
    return Finding(
        event.chain_id,
        CHAIN,
        AlertLevel.HIGH,
        f"{event.side} of {worth} quoted and pulled {event.chain_length}"
        f" times within {lasted_ms / 1_000:.1f} s, last at {event.price}",
        {
            "chain_id": event.chain_id,
            "order_id": event.order_id,
            "side": event.side,
            "links": event.chain_length,
            "lasted_ms": lasted_ms,
        },
        told.told_at,
    )


def swan(
    event: LargeOrderEvent,
    worth: str,
    state: AlertState,
    flow: Flow,
    settings: AlertSettings,
    quote_usd: float = 1.0,
) -> Finding | None:
    """Tell how close an order and the price around it are to a crash; each level once an order.

    `quote_usd`: USD for one unit of the quote currency."""
    change = state.price_change_pct()
    triggers = {
        "size": event.tier is Tier.WHALE,
        "impact": event.max_impact_ratio >= settings.swan_impact_ratio,
        "consumed": event.fill_ratio >= settings.swan_consumed,
        "price": change <= -settings.swan_price_pct,
    }
    ratios = _ratios(event, flow, quote_usd)
    watch = {
        "volume": (ratios["volume"] or 0.0) >= settings.watch_volume_ratio,
        "open_interest": (ratios["open_interest"] or 0.0) >= settings.watch_oi_ratio,
    }
    if all(triggers.values()):
        level = AlertLevel.CRITICAL
    elif triggers["size"] and (triggers["consumed"] or triggers["price"]):
        level = AlertLevel.HIGH
    elif triggers["size"] or any(watch.values()):
        level = AlertLevel.WATCH
    else:
        return None
    rank = ALERT_LEVELS.index(level)
    if state.swans.get(event.order_id, -1) >= rank:
        return None
    state.swans[event.order_id] = rank
    named = [name for name, hit in {**triggers, **watch}.items() if hit]
    return Finding(
        event.order_id,
        SWAN,
        level,
        f"{level}: {event.side} of {worth} at {event.price} ({', '.join(named)})",
        {"order_id": event.order_id, "triggers": named, "price_change_pct": change, **ratios},
    )


def forget(event: LargeOrderEvent, state: AlertState) -> None:
    """Drop what is remembered of an order that is closed."""
    if event.kind is OrderEventKind.CLOSED:
        state.swans.pop(event.order_id, None)


def open_interest_fall(
    now: int, open_interest: float, state: AlertState, settings: AlertSettings
) -> Finding | None:
    """Note a poll at `now` (ms); tell a fall of open interest within the window, once a window."""
    state.polls.append((now, open_interest))
    while state.polls[0][0] < now - settings.swan_window_ms:
        del state.polls[0]
    before = max(figure for _, figure in state.polls)
    fall = (before - open_interest) / before * 100 if before > 0 else 0.0
    told = state.oi_told_at and now - state.oi_told_at < settings.swan_window_ms
    if fall < settings.swan_oi_pct or told:
        return None
    state.oi_told_at = now
    return Finding(
        f"open_interest:{now}",
        SWAN,
        AlertLevel.HIGH,
        f"open interest fell by {fall:.1f} %",
        {"oi_change_pct": -fall, "price_change_pct": state.price_change_pct()},
    )


def _ratios(event: LargeOrderEvent, flow: Flow, quote_usd: float) -> dict[str, float | None]:
    volume = flow.day_volume_usd()
    interest = flow.poll.open_interest * event.price * quote_usd if flow.poll else 0.0
    return {
        "volume": event.max_value_usd / volume if volume is not None else None,
        "open_interest": event.max_value_usd / interest if interest > 0 else None,
    }

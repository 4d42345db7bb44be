"""Findings that accuse somebody, as alerts in words."""

from typing import Final

from processors.cross.findings import CrossScope
from schemas.record import ALL_VENUES
from schemas.signals import ACCUSING, Alert, AlertLevel, CrossFinding, CrossKind

RULE: Final = "cross"


def accuses(scope: CrossScope, found: CrossFinding) -> bool:
    """Tell whether a step of a finding accuses somebody: once, and of a lure only where so much
    was taken that chance is unlikely."""
    if found.kind not in ACCUSING or found.sequence != 0:
        return False
    settings = scope.settings
    return found.kind is not CrossKind.LURE_TAKING or (
        found.taken_qty >= settings.alert_taking_size * found.max_qty
        and found.taken_usual >= settings.alert_taking_usual
    )


def alert_of(scope: CrossScope, found: CrossFinding) -> Alert:
    """Return the alert of a finding."""
    level = AlertLevel.WATCH if found.kind is CrossKind.COPIED else AlertLevel.HIGH
    return Alert(
        venue=ALL_VENUES,
        symbol=scope.asset,
        event_id=f"{found.finding_id}:alert",
        event_time=found.event_time,
        received_us=found.received_us,
        rule=RULE,
        level=level,
        message=_words(found),
        evidence={
            "kind": found.kind.value,
            "finding_id": found.finding_id,
            "markets": found.markets,
            "order_ids": found.order_ids,
            "delay_ms": found.delay_ms,
            "spread_bps": found.spread_bps,
            "taken_qty": found.taken_qty,
            "taken_share": found.taken_share,
        },
        settings_version=scope.settings.version,
    )


def _words(found: CrossFinding) -> str:
    here, there = found.markets[0], found.markets[1]
    what = f"{found.max_quantities[0]:.6g} {found.symbol} {found.side.value} at {found.prices[0]:g}"
    match found.kind:
        case CrossKind.MOVED:
            return f"{what} pulled on {here}, the same size on {there} {found.delay_ms} ms later"
        case CrossKind.COPIED:
            return f"{what} on {here}, copied on {there} {found.delay_ms} ms later"
        case CrossKind.LURE_TAKING:
            return (
                f"{what} shown and pulled on {here} while takers took {found.taken_qty:.6g} "
                f"{found.symbol} on {there}, {found.taken_share:.0%} of it one way"
            )
        case CrossKind.WALL:
            return f"{what} on {here}, and on {there} {found.delay_ms} ms later"

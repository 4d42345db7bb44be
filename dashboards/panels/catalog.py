"""The boards and their order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dashboards.panels.boards import (
    alerts,
    flow,
    health,
    large_orders,
    markets,
    order,
    proof,
    smart_money,
)
from dashboards.panels.model import Board, Panel
from dashboards.panels.variables import (
    CLASS,
    COIN,
    HORIZON,
    KIND,
    ORDER,
    SYMBOL,
    SYMBOLS,
    SYMBOLS_OF_COIN,
    VENUE,
    VENUES_OF_COIN,
)

LARGE_ORDERS: Final = Board(
    "wallwatch-large-orders",
    "Large orders",
    "Who is defending, who is luring, and does flow agree?",
    large_orders.PANELS,
    (VENUE, SYMBOL, CLASS),
)
FLOW: Final = Board(
    "wallwatch-flow",
    "Flow",
    "Who trades aggressively, in which size, and do positions open or close?",
    flow.PANELS,
    (VENUE, SYMBOL),
)
MARKETS: Final = Board(
    "wallwatch-markets",
    "Markets",
    "What do all markets of a coin say together, and which of them leads?",
    markets.PANELS,
    (COIN, VENUES_OF_COIN, SYMBOLS_OF_COIN),
)
SMART_MONEY: Final = Board(
    "wallwatch-smart-money",
    "Smart money",
    "Which symbols are accumulated, marked up, distributed or marked down?",
    smart_money.PANELS,
    (VENUE, SYMBOLS),
    time_from="now-24h",
)
ORDER_DRILLDOWN: Final = Board(
    "wallwatch-order",
    "Order drill-down",
    "What happened to this one order, and what did flow do meanwhile?",
    order.PANELS,
    (VENUE, SYMBOL, ORDER),
)
ALERTS: Final = Board(
    "wallwatch-alerts",
    "Alerts",
    "What should a person look at, and which walls were pulled?",
    alerts.PANELS,
    (VENUE, SYMBOLS),
    time_from="now-6h",
)
PROOF: Final = Board(
    "wallwatch-proof",
    "Proof",
    "What became of the readings?",
    proof.PANELS,
    (VENUE, SYMBOLS, KIND, HORIZON),
    time_from="now-24h",
)
HEALTH: Final = Board(
    "wallwatch-health",
    "Pipeline health",
    "Is what the other boards show fresh and whole?",
    health.PANELS,
    (VENUE, SYMBOLS),
    by_wall_clock=True,
)

BOARDS: Final = (LARGE_ORDERS, FLOW, MARKETS, SMART_MONEY, ORDER_DRILLDOWN, ALERTS, PROOF, HEALTH)

BOARD_OF: Final[Mapping[str, Board]] = {
    shown.key: board
    for board in BOARDS
    for panel in board.panels
    for shown in (panel, *panel.parts)
}
"""Board of every panel and part, by its key."""
PANEL_OF: Final[Mapping[str, Panel]] = {
    shown.key: shown
    for board in BOARDS
    for panel in board.panels
    for shown in (panel, *panel.parts)
}
"""Every panel and part by its key."""

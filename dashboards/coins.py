"""The markets of one coin side by side: one ladder of their walls, and what they say. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log
from typing import Any, Final

from dashboards.large_orders import SymbolState
from dashboards.liveness import FeedState
from schemas.instrument import asset_of_symbol, base_and_quote, coins_of
from schemas.record import symbol_key
from schemas.units import BPS

Row = Mapping[str, Any]

ALONE: Final = (
    "one market of {coin} runs, so nothing can be compared: start more of them "
    "(--markets, --assets)"
)
APART: Final = (
    "{count} markets of {coin} run, but nothing has been told of them together: name them in "
    "cross.markets, or wait for their first common second"
)


@dataclass(slots=True)
class Rung:
    """Walls of one side that stand at one price, the basis taken out."""

    side: str
    walls: list[dict[str, Any]] = field(default_factory=list)

    def document(self, mid: float, found: Mapping[str, str]) -> dict[str, Any]:
        """Return it as JSON values; `found`: what an order is part of, by its id."""
        worth = sum(wall["value_usd"] for wall in self.walls)
        price = exp(
            sum(wall["value_usd"] * log(wall["common_price"]) for wall in self.walls) / worth
            if worth > 0
            else log(self.walls[0]["common_price"])
        )
        kinds = {found[wall["order_id"]] for wall in self.walls if wall["order_id"] in found}
        return {
            "side": self.side,
            "price": price,
            "distance_bps": log(price / mid) * BPS,
            "value_usd": worth,
            "markets": len({wall["market"] for wall in self.walls}),
            "kinds": sorted(kinds),
            "walls": self.walls,
        }


def markets_of_coins(states: Iterable[SymbolState]) -> dict[str, list[SymbolState]]:
    """Return the markets of each coin that is known, by the coin's name."""
    coins: dict[str, list[SymbolState]] = {}
    for state in states:
        coins.setdefault(asset_of_symbol(state.symbol), []).append(state)
    return dict(sorted(coins.items()))


def coin_document(
    coin: str,
    states: Sequence[SymbolState],
    second: Row | None,
    action: Row | None,
    clocks: Sequence[Row],
    findings: Sequence[Row],
    within_bps: float,
) -> dict[str, Any]:
    """Return what is known of a coin as JSON values.

    `second`, `action`, `clocks`, `findings`: what its markets say together, as far as anything is
    told; `within_bps`: how far apart walls may stand at one price, the basis taken out.
    """
    skews = {row["market"]: row for row in clocks}
    second, told = second or {}, action or {}
    place = {name: number for number, name in enumerate(second.get("markets", ()))}
    markets = [
        _market(state, second, place.get(_name(state)), told, skews.get(_name(state)))
        for state in sorted(states, key=_name)
    ]
    now_ms = max(state.now_ms for state in states)
    found = {
        order_id: row["kind"]
        for row in findings
        if row["stage"] != "closed"
        for order_id in row["order_ids"]
    }
    return {
        "coin": coin,
        "now_ms": now_ms,
        "told_ms": second.get("event_time"),
        "words": _words(coin, len(states), bool(second)),
        "mid": second.get("mid"),
        "cvd_qty": second.get("cvd_qty"),
        "cvd_usd": second.get("cvd_usd"),
        "open_interest": second.get("open_interest"),
        "missing": list(second.get("missing", ())),
        "within_bps": within_bps,
        "action": None
        if action is None
        else {
            "event_time": told["event_time"],
            "final_action": told["final_action"],
            "buy_score": told["buy_score"],
            "sell_score": told["sell_score"],
            "agreeing": list(told["agreeing"]),
            "against": list(told["against"]),
        },
        "markets": markets,
        "ladder": ladder(states, second, within_bps, found),
        "findings": [_finding(row) for row in findings],
    }


def ladder(
    states: Sequence[SymbolState], second: Row, within_bps: float, found: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return the rungs from the highest price down: walls of books that are whole, and of markets
    that are not live those that stood last. Without a value in USD a market has no place there."""
    mid = second.get("mid")
    if mid is None:
        return []
    basis = dict(zip(second["markets"], second["basis_bps"], strict=True))
    walls = [
        _wall(state, order, shift)
        for state in states
        if _shows_walls(state) and (shift := basis.get(_name(state))) is not None
        for order in state.orders
        if order["closed_at"] is None
    ]
    rungs: list[Rung] = []
    for wall in sorted(walls, key=lambda wall: (wall["side"], -wall["common_price"])):
        last = rungs[-1] if rungs and rungs[-1].side == wall["side"] else None
        if (
            last is not None
            and log(last.walls[0]["common_price"] / wall["common_price"]) * BPS <= within_bps
        ):
            last.walls.append(wall)
        else:
            rungs.append(Rung(wall["side"], [wall]))
    documents = [rung.document(mid, found) for rung in rungs]
    return sorted(documents, key=lambda rung: -rung["price"])


def _shows_walls(state: SymbolState) -> bool:
    """Tell whether a market's walls are worth showing: a live book that waits is none."""
    if state.context["quote_usd"] is None:
        return False
    return state.has_live_book or state.liveness.state is not FeedState.LIVE


def _wall(state: SymbolState, order: Mapping[str, Any], basis_bps: float) -> dict[str, Any]:
    coins = coins_of(base_and_quote(state.symbol)[0])
    dollars = order["price"] * state.context["quote_usd"] / coins
    return {
        "market": _name(state),
        "order_id": order["order_id"],
        "side": order["side"],
        "price": order["price"],
        "common_price": dollars / exp(basis_bps / BPS),
        "value_usd": order["value_usd"],
        "classification": order["classification"],
        "age_ms": order["age_ms"],
    }


def _market(
    state: SymbolState, second: Row, place: int | None, action: Row, clock: Row | None
) -> dict[str, Any]:
    name = _name(state)
    said = dict(zip(action.get("markets", ()), action.get("actions", ()), strict=True))
    weights = dict(zip(action.get("markets", ()), action.get("weights", ()), strict=True))
    side = (
        "agrees"
        if name in action.get("agreeing", ())
        else "objects"
        if name in action.get("against", ())
        else "neither"
    )

    def of_second(figure: str) -> Any:
        return None if place is None else second[figure][place]

    return {
        "market": name,
        "venue": state.venue,
        "symbol": state.symbol,
        **state.liveness.as_dict(),
        "is_told": place is not None,
        "unvalued": state.context["quote"] if state.context["quote_usd"] is None else "",
        "mid": of_second("mids"),
        "basis_bps": of_second("basis_bps"),
        "cvd_qty": of_second("cvd_qty_by_market"),
        "open_interest": of_second("open_interest_by_market"),
        "final_action": said.get(name),
        "weight": weights.get(name),
        "stands": side if name in said else None,
        "skew_ms": clock and clock["skew_ms"],
        "tolerance_ms": clock and clock["tolerance_ms"],
        "within_tolerance": clock and clock["within_tolerance"],
    }


def _finding(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "coin"}


def _words(coin: str, count: int, told: bool) -> str:
    """Return what is to be said where nothing can be compared; empty where all is well."""
    if count < 2:
        return ALONE.format(coin=coin)
    return "" if told else APART.format(coin=coin, count=count)


def _name(state: SymbolState) -> str:
    return symbol_key(state.venue, state.symbol)

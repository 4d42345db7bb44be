"""One large order in words: what it did, and why it was given its class. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from dashboards.liveness import FeedState, Liveness

Row = Mapping[str, Any]

CLASS_MEANING: Final = {
    "SPOOF": "a lure: shown and pulled before it could trade",
    "SWEEP_BUY": "takers lift the wall: bullish",
    "SWEEP_SELL": "takers hit the wall: bearish",
    "DEFENSIVE_BUY": "support that stands: accumulation",
    "DEFENSIVE_SELL": "resistance that stands: distribution",
    "MANIPULATION": "part of a campaign of orders that are shown and pulled",
    "UNKNOWN": "no rule applies yet",
}
RULE_WORDS: Final = {
    "short-lived and pulled": "it was heavy, lived briefly and was pulled almost untouched",
    "score": "the evidence of a lure adds up",
    "probability": "the evidence of a lure adds up",
    "chain": "it is one of a chain of orders that are quoted and pulled one after another",
    "absorbs": "it stood against much taker volume and still showed half of its size",
    "consumed by takers": "takers consumed a good part of it",
    "stands": "it is heavy and has stood for long enough",
    "repeated lures": "earlier lures on its side were pulled close by",
    "layering": "several orders of its side were pulled at once",
    "none": "no rule applied",
    "outcome unknown": "the feed was lost or the order made way, so nobody knows how it ended",
}
EVIDENCE_WORDS: Final = {
    "short_life": "short life",
    "low_fill": "hardly traded",
    "approach": "price came nearer before the pull",
    "nearness": "near the price at opening",
    "opposite_flow": "takers ran the other way around the pull",
    "earlier_pulls": "earlier pulls near this price",
    "layering": "others pulled with it",
    "at_once": "pulled at once",
    "relevance": "its share of what stood up to it",
    "size": "large against the threshold",
    "one_sided": "nothing like it pulled on the other side",
    "chain": "follows others that were pulled",
}
END_WORDS: Final = {
    "filled": "It was filled",
    "cancelled": "It was cancelled",
    "shrunk": "It was shrunk below the exit line",
    "book_reset": "The feed was lost, so its end is unknown",
    "evicted": "It made way for larger orders",
}


def in_words(order: Row, age: Liveness, quote: str = "") -> list[str]:
    """Return sentences about an order with its evidence as an object, at the age of its symbol.

    `quote`: the currency of amounts that are not in USD.
    """
    evidence = order["evidence"]
    side = "A bid" if order["side"] == "bid" else "An ask"
    largest = _money(order["max_value_usd"], quote)
    sentences = [
        f"{side} of {largest} at its largest, at {order['price']:,.8g}, "
        f"{order['distance_bps_open']:.1f} bps from mid when first seen"
        f"{'' if order['birth_known'] else ' (it may have stood before it came into sight)'}."
    ]
    if order.get("levels", 1) > 1:
        sentences.append(
            f"It stands on {order['levels']} levels, from {order['price_low']:,.8g} to "
            f"{order['price_high']:,.8g}."
        )
    if order.get("parent_order_id"):
        sentences.append("It was put on top of a large order on the same level.")
    if order.get("chain_length", 1) > 1:
        sentences.append(
            f"It is number {order['chain_length']} of a chain of orders, each quoted where the one "
            "before was pulled."
        )
    lived = _duration(order["lifetime_ms"])
    filled = f"{order['fill_ratio'] * 100:.0f} % of it traded"
    if order["state"] == "closed":
        end = END_WORDS.get(order["close_reason"] or "", "It ended")
        sentences.append(f"{end} after {lived}; {filled}.")
    elif age.state is FeedState.LIVE:
        sentences.append(f"It has stood for {lived}; {filled} so far.")
    else:
        sentences.append(
            f"It had stood for {lived} when it was last heard of; {filled} until then. Its symbol "
            f"is not live: {_duration(age.stale_ms)} without news; {age.reason}."
        )
    if order["refill_count"]:
        hidden = ", an iceberg" if order["is_iceberg"] else ""
        sentences.append(f"It was refilled {order['refill_count']} times{hidden}.")
    sentences += _class_words(order, evidence.get("rule", ""))
    if reason := evidence.get("refused"):
        sentences.append(f"Not called a lure, for {reason}.")
    sentences.append(
        f"Its impact ratio reached {order['max_impact_ratio']:.2f} of the depth around the price."
    )
    if age.state is FeedState.LIVE and (forecast := _forecast(order)):
        sentences.append(forecast)
    if (suggestion := order.get("suggestion")) and age.state is FeedState.LIVE:
        sentences.append(suggestion)
    return sentences


def _class_words(order: Row, rule: str) -> list[str]:
    """Return what the class means, and why it is that one."""
    if order["classification"] == "UNKNOWN":
        # Why would say the same again.
        is_over = order["state"] == "closed"
        return [f"UNKNOWN: {RULE_WORDS['none'] if is_over else CLASS_MEANING['UNKNOWN']}."]
    words = [f"{order['classification']}: {CLASS_MEANING[order['classification']]}."]
    if why := RULE_WORDS.get(rule):
        words.append(f"Why: {why}.")
    return words


def _forecast(order: Row) -> str:
    """Return what a model tells of its fate; empty where none does."""
    told = [
        f"{word} within {horizon_s} s: {order[name]:.0%}"
        for word in ("filled", "pulled")
        for horizon_s in (10, 60)
        if order.get(name := f"p_{word}_{horizon_s}s") is not None
    ]
    if not told:
        return ""
    return (
        f"A model told at its newest event: {', '.join(told)}; Proof says how often that was right."
    )


def evidence_parts(order: Row) -> list[dict[str, Any]]:
    """Return the pieces of evidence for a lure, strongest first: name, words, share in [0, 1]."""
    parts = order["evidence"].get("spoof_evidence")
    if not isinstance(parts, Mapping):
        return []
    found = [
        {"name": name, "words": EVIDENCE_WORDS.get(name, name), "share": share}
        for name, share in parts.items()
    ]
    return sorted(found, key=lambda part: (-float(part["share"]), str(part["name"])))


def with_evidence(order: Row) -> dict[str, Any]:
    """Return the order with its evidence as an object."""
    return {**order, "evidence": json.loads(order["evidence"])}


def _money(value: float, quote: str) -> str:
    if quote:
        return f"{float(f'{value:.3g}'):,.12g} {quote}"
    return f"${value / 1e6:,.2f}M" if value >= 1e6 else f"${value:,.0f}"


def _duration(ms: int) -> str:
    if ms < 1_000:
        return f"{ms} ms"
    if ms < 60_000:
        return f"{ms / 1000:.1f} s"
    minutes, seconds = divmod(ms // 1000, 60)
    if minutes < 60:
        return f"{minutes} min {seconds} s"
    return f"{minutes // 60} h {minutes % 60} min"

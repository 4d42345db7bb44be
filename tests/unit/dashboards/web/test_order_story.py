"""One order in words, and which trades hit it."""

import ast
from pathlib import Path
from typing import Any

from dashboards.liveness import FeedState, Liveness
from dashboards.order_story import (
    CLASS_MEANING,
    EVIDENCE_WORDS,
    RULE_WORDS,
    evidence_parts,
    in_words,
)
from processors.engine.verdict import classify, judge
from processors.engine.verdict.spoof_score import SpoofEvidence
from schemas.signals import Classification
from tests.support.markets.records import order

LIVE = Liveness(FeedState.LIVE, 0, "")
STALE = Liveness(FeedState.STALE, 47_000, "btcusdt@depth@100ms is silent")


def row(**fields: Any) -> dict[str, Any]:
    return order("o", **fields).model_dump(mode="json")


def test_a_pulled_lure_is_told_with_its_reason() -> None:
    words = in_words(
        row(
            state="closed",
            close_reason="cancelled",
            classification="SPOOF",
            lifetime_ms=900,
            fill_ratio=0.04,
            max_impact_ratio=2.5,
            evidence={"rule": "short-lived and pulled"},
        ),
        LIVE,
    )
    assert words == [
        "A bid of $6.01M at its largest, at 60,000.5, 4.0 bps from mid when first seen.",
        "It was cancelled after 900 ms; 4 % of it traded.",
        "SPOOF: a lure: shown and pulled before it could trade.",
        "Why: it was heavy, lived briefly and was pulled almost untouched.",
        "Its impact ratio reached 2.50 of the depth around the price.",
    ]


def test_what_is_suggested_beside_a_wall_comes_last() -> None:
    suggestion = "Not advice. Nothing to suggest: the book has one side only."
    assert in_words(row(suggestion=suggestion), LIVE)[-1] == suggestion
    assert all("advice" not in line for line in in_words(row(), LIVE))


def test_an_order_that_stands_is_told_so_far() -> None:
    words = in_words(
        row(
            side="ask",
            birth_known=False,
            lifetime_ms=3_723_000,
            refill_count=2,
            is_iceberg=True,
            evidence={},
        ),
        LIVE,
    )
    assert words[0].endswith("(it may have stood before it came into sight).")
    assert words[1:3] == [
        "It has stood for 1 h 2 min; 0 % of it traded so far.",
        "It was refilled 2 times, an iceberg.",
    ]


def test_the_shape_of_an_order_and_why_it_is_not_accused_are_told() -> None:
    words = in_words(
        row(
            levels=3,
            price_low=99.0,
            price_high=101.0,
            parent_order_id="wall",
            chain_length=4,
            evidence={"refused": "both sides are quoted alike"},
        ),
        LIVE,
    )
    assert "It stands on 3 levels, from 99 to 101." in words
    assert "It was put on top of a large order on the same level." in words
    assert any(sentence.startswith("It is number 4 of a chain") for sentence in words)
    assert "Not called a lure, for both sides are quoted alike." in words


def test_of_an_order_that_ended_unread_it_is_said_once() -> None:
    ended = row(
        state="closed",
        close_reason="cancelled",
        classification="UNKNOWN",
        evidence={"rule": "none"},
    )
    said = [sentence for sentence in in_words(ended, LIVE) if "rule" in sentence]
    assert said == ["UNKNOWN: no rule applied."]


def test_every_class_rule_and_piece_of_evidence_has_words() -> None:
    assert set(CLASS_MEANING) == set(Classification)
    assert set(EVIDENCE_WORDS) == set(SpoofEvidence.__dataclass_fields__)
    said = {
        constant
        for module in (classify, judge)
        for constant in _texts_of_rules(module.__file__ or "")
    }
    assert said
    assert said <= set(RULE_WORDS)


def _texts_of_rules(path: str) -> set[str]:
    """Return the rule names that a module gives: to _verdict(), or as a constant of its own."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(Path(path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_verdict":
            rule = node.args[3]
            found |= {str(rule.value)} if isinstance(rule, ast.Constant) else set()
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Constant):
            name = getattr(node.target, "id", "")
            found |= {str(node.value.value)} if name.endswith("_RULE") else set()
    return found


def test_evidence_comes_strongest_first() -> None:
    parts = evidence_parts(
        row(evidence={"spoof_evidence": {"short_life": 0.2, "low_fill": 1.0, "layering": 0.2}})
    )
    assert [(part["name"], part["share"]) for part in parts] == [
        ("low_fill", 1.0),
        ("layering", 0.2),
        ("short_life", 0.2),
    ]
    assert evidence_parts(row(evidence={})) == []


def test_an_order_of_a_symbol_that_is_not_live_is_not_told_as_standing() -> None:
    suggestion = "Not advice. A limit order beside the wall."
    words = in_words(row(lifetime_ms=61_000, suggestion=suggestion), STALE)
    assert words[1] == (
        "It had stood for 1 min 1 s when it was last heard of; 0 % of it traded until then. Its "
        "symbol is not live: 47.0 s without news; btcusdt@depth@100ms is silent."
    )
    assert suggestion not in words

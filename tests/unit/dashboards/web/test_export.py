"""The CSV of large orders."""

import csv
import io
from typing import Any

import pytest

from dashboards.web.api.export import HEADER, csv_text, latest_actions
from tests.support.markets.records import order

GIVEN_HEADER = (
    "timestamp,symbol,finalAction,buyScore,sellScore,cvdCum,oi,oiChangePct,spoofCount,entry_id,side,"
    "price,qty,valueUSD,impactRatio,classification,isPersistent,isSpoof,wasConsumed,createdAt,"
    "lastSeenAt,seenCount,canceledAt,filledVolumeObserved"
)
ACTION: dict[str, Any] = {
    "event_time": 5,
    "final_action": "MARKUP",
    "buy_score": 3.5,
    "sell_score": 1.0,
    "cvd_usd": -2.5,
    "open_interest": None,
    "oi_change_pct": None,
    "spoof_count": 1,
}


def lines(*orders: Any, actions: list[Any]) -> list[dict[str, str]]:
    rows = [item.model_dump(mode="json") for item in orders]
    return list(csv.DictReader(io.StringIO(csv_text(rows, actions))))


def test_the_header_is_exactly_the_agreed_one() -> None:
    assert HEADER == GIVEN_HEADER
    assert csv_text([], []) == GIVEN_HEADER + "\n"


def test_a_closed_order_is_told_at_its_largest() -> None:
    closed = order(
        "w",
        state="closed",
        close_reason="cancelled",
        event_time=1_723_161_257_250,
        closed_at=1_723_161_257_250,
        current_qty=0.0,
        value_usd=0.0,
        impact_ratio=0.0,
        traded_qty=2.5,
        is_spoof=True,
    )
    (line,) = lines(closed, actions=[ACTION])
    assert line["timestamp"] == line["canceledAt"] == "2024-08-08T23:54:17.250Z"
    assert (line["qty"], line["valueUSD"], line["impactRatio"]) == (
        "100.125",
        "6007550.0625",
        "1.5",
    )
    assert (line["finalAction"], line["cvdCum"], line["oi"]) == ("MARKUP", "-2.5", "")
    assert (line["isSpoof"], line["isPersistent"]) == ("true", "false")
    assert line["filledVolumeObserved"] == "2.5"
    assert line["createdAt"] == "2024-08-08T23:54:16.000Z"


def test_only_a_pull_is_a_cancel() -> None:
    filled = order("f", state="closed", close_reason="filled", closed_at=1_723_161_257_000)
    standing = order("s", current_qty=4.0, value_usd=40.0)
    first, second = lines(filled, standing, actions=[{}, {}])
    assert (first["canceledAt"], first["finalAction"]) == ("", "UNKNOWN")
    assert (second["canceledAt"], second["qty"], second["valueUSD"]) == ("", "4.0", "40.0")


def test_the_action_in_force_is_the_newest_not_after_the_event() -> None:
    later = {**ACTION, "event_time": 9}
    assert latest_actions([ACTION, later], [4, 5, 8, 9, 99]) == [{}, ACTION, ACTION, later, later]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_text_of_a_symbol_is_a_formula_and_numbers_stay_numbers(start: str) -> None:
    hostile = f'{start}HYPERLINK("http://x","=1")\n=2'
    action = {**ACTION, "final_action": hostile}
    (line,) = lines(order("w", symbol=hostile), actions=[action])
    assert line["symbol"] == line["finalAction"] == f"'{hostile}"
    assert line["cvdCum"] == "-2.5"

"""What charts draw of rows: buckets by index, columns by name."""

from typing import Any

import pytest

from dashboards.charts import bucket_height, columns, heat


def book_row(time_ms: int, prices: list[float], bids: list[float], asks: list[float]) -> Any:
    return {
        "event_time": time_ms,
        "mid": 100.0,
        "heat_prices": prices,
        "heat_bid_usd": bids,
        "heat_ask_usd": asks,
    }


def test_bids_are_positive_asks_negative_and_empty_buckets_zero() -> None:
    row = book_row(1_000, [99.8, 99.9, 100.1], [5e6, 1.4, 0.0], [0.0, 0.0, 2e6])
    drawn = heat([row])
    assert drawn["bucket"] == 0.1
    assert drawn["columns"] == [
        {"time_ms": 1_000, "mid": 100.0, "low": 998, "net_usd": [5_000_000, 1, 0, -2_000_000]}
    ]


@pytest.mark.parametrize("bucket", [0.0005, 0.02, 0.1, 5.0, 20.0, 1000.0])
def test_every_bucket_keeps_its_index(bucket: float) -> None:
    prices = [round(index * bucket, 6) for index in range(3_000, 3_100)]
    row = book_row(1, prices, [float(index) for index in range(100)], [0.0] * 100)
    drawn = heat([row])["columns"][0]
    assert drawn["low"] == 3_000
    assert drawn["net_usd"] == list(range(100))


def test_a_book_that_waits_for_a_snapshot_is_an_empty_column() -> None:
    valid, waiting = book_row(1, [1.0, 2.0], [1.0, 1.0], [0.0, 0.0]), book_row(2, [], [], [])
    assert heat([valid, waiting])["columns"][1]["net_usd"] == []
    assert bucket_height([waiting]) is None
    assert heat([])["bucket"] is None


def test_money_loses_its_cents_and_other_figures_nothing() -> None:
    rows = [{"t": 5, "cvd_usd": -1.6, "close": 0.00012, "delta_usd_lt_10k": None}]
    assert columns(rows, "t", ("cvd_usd", "close", "delta_usd_lt_10k")) == {
        "time_ms": [5],
        "cvd_usd": [-2],
        "close": [0.00012],
        "delta_usd_lt_10k": [None],
    }

"""The share of suggestions whose loss stayed within the amount."""

from typing import Any

import pytest

from dashboards.proof.suggestions import judge_suggestions, wilson


def row(end: str, loss_usd: float | None = None, **fields: Any) -> dict[str, Any]:
    found = {
        "venue": "v",
        "symbol": "BTCUSDT",
        "classification": "DEFENSIVE_BUY",
        "end": end,
        "max_loss_usd": 100.0,
        "touched_at": None,
        "loss_usd": loss_usd,
        "is_within": None if loss_usd is None else loss_usd <= 100.0,
        "void_reason": None,
    }
    return {**found, **fields}


def test_only_what_was_entered_is_in_the_share_and_everything_is_counted() -> None:
    (line,) = judge_suggestions(
        [
            row("stopped", 99.0),
            row("stopped", 130.0),
            row("held", -50.0),
            row("not_entered"),
            row("withdrawn", touched_at=1),
            row("void", void_reason="gap"),
            row("void", void_reason="gap"),
        ]
    )
    assert (line.suggestions, line.entered, line.stopped, line.held) == (7, 3, 2, 1)
    assert (line.not_entered, line.withdrawn, line.void) == (1, 1, {"gap": 2})
    assert line.touched_only == 1
    assert (line.within, line.within_share) == (2, 0.6667)
    assert (line.mean_loss_usd, line.worst_loss_ratio) == (59.6667, 1.3)


def test_without_any_that_was_entered_there_is_no_share() -> None:
    (line,) = judge_suggestions([row("not_entered")])
    assert (line.within_share, line.low, line.high, line.worst_loss_ratio) == (None,) * 4


def test_there_is_a_line_for_all_symbols_where_there_are_several() -> None:
    rows = [row("held", 1.0), row("held", 200.0, symbol="ETHUSDT")]
    lines = {(line.symbol, line.label): line for line in judge_suggestions(rows)}
    assert {symbol for symbol, _ in lines} == {"ALL", "BTCUSDT", "ETHUSDT"}
    assert lines["ALL", "DEFENSIVE_BUY"].within_share == 0.5
    assert judge_suggestions([]) == []


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(8, 10, 0.4902, 0.9433), (10, 10, 0.7225, 1.0), (0, 10, 0.0, 0.2775)],
)
def test_the_interval_is_that_of_the_textbook(
    successes: int, trials: int, low: float, high: float
) -> None:
    assert wilson(successes, trials) == pytest.approx((low, high), abs=1e-4)

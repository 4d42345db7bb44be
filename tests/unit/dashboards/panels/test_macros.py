"""The expander does what Grafana's ClickHouse datasource does, and refuses the rest."""

import pytest

from dashboards.panels.macros import MacroError, TimeRange, expand

RANGE = TimeRange(1_700_000_000_123, 1_700_000_060_456, 2_500)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "$__timeFilter(t.time)",
            "t.time >= toDateTime(1700000000) AND t.time <= toDateTime(1700000060)",
        ),
        (
            "$__timeFilter_ms(time)",
            "time >= fromUnixTimestamp64Milli(1700000000123) AND "
            "time <= fromUnixTimestamp64Milli(1700000060456)",
        ),
        ("$__fromTime", "toDateTime(1700000000)"),
        ("f($__toTime_ms)", "f(fromUnixTimestamp64Milli(1700000060456))"),
        ("$__timeInterval(time)", "toStartOfInterval(toDateTime(time), INTERVAL 2 second)"),
        ("$__interval_s >= 60", "2 >= 60"),
    ],
)
def test_macros(sql: str, expected: str) -> None:
    assert expand(sql, RANGE, {}) == expected


def test_an_interval_below_a_second_is_one_second() -> None:
    assert expand("$__interval_s", TimeRange(0, 1, 10), {}) == "1"


def test_values_are_quoted_and_joined() -> None:
    assert expand("IN (${s:singlequote})", RANGE, {"s": ["A", "B"]}) == "IN ('A','B')"
    assert expand("${s:singlequote}", RANGE, {"s": "it's \\"}) == r"'it\'s \\'"


def test_a_value_that_looks_like_a_macro_stays_a_value() -> None:
    assert expand("${s:singlequote}", RANGE, {"s": "$__fromTime ${s}"}) == "'$__fromTime ${s}'"


@pytest.mark.parametrize(
    "sql",
    ["$__unknown(time)", "$__timeFilter(f(time))", "$__timeFilter", "${s}", "${other:singlequote}"],
)
def test_what_cannot_be_expanded_is_refused(sql: str) -> None:
    with pytest.raises(MacroError):
        expand(sql, RANGE, {"s": "x"})


def test_nothing_chosen_is_refused() -> None:
    with pytest.raises(MacroError, match="has no value"):
        expand("${s:singlequote}", RANGE, {"s": []})

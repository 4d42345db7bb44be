"""Every panel, variable, annotation and alert runs on a real server that holds a demo run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from clickhouse_connect.driver.client import Client

from dashboards.grafana.sql import grafana_sql, series_columns
from dashboards.panels.annotations import ANNOTATIONS, Annotation
from dashboards.panels.boards import (
    alert_rules,
    flow,
    large_orders,
    market_flow,
    proof,
    walls,
)
from dashboards.panels.boards.alert_rules import ALERT_RULES, AlertRule
from dashboards.panels.catalog import PANEL_OF
from dashboards.panels.macros import TimeRange, Variables, expand
from dashboards.panels.model import Kind, Panel, Query, Unit
from dashboards.panels.scope import in_digits
from dashboards.panels.variables import (
    COIN,
    HORIZON,
    SYMBOL,
    SYMBOLS_OF_COIN,
    VENUE,
    VENUES_OF_COIN,
    Variable,
)
from dashboards.proof.suggestions import judge_suggestions
from schemas.clickhouse.connect import connect
from schemas.settings import LedgerSettings
from schemas.signals import Classification, ReadingKind
from tests.support.markets.demo_data import DemoStore
from tests.support.reading.panel_runner import run

pytestmark = pytest.mark.clickhouse

PANELS = list(PANEL_OF.values())
BY_TIME = [panel for panel in PANELS if panel.query.by_time]
INTERVAL_MS = 2_000


@pytest.fixture(scope="module")
def client(demo_store: DemoStore) -> Iterator[Client]:
    """A client of the store with the demo run."""
    opened = connect(demo_store.settings)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def whole_run(demo_store: DemoStore) -> TimeRange:
    """The time of the demo run."""
    return TimeRange(demo_store.from_ms, demo_store.to_ms, INTERVAL_MS)


@pytest.fixture(scope="module")
def chosen(client: Client) -> Variables:
    """One symbol, all classes and the largest lure of the run."""
    rows = client.query(
        "SELECT order_id FROM large_orders WHERE symbol = 'BTCUSDT' AND is_spoof "
        "ORDER BY max_value_usd DESC LIMIT 1"
    ).result_rows
    return {
        "venue": "binance_usdm",
        "symbol": ["BTCUSDT"],
        "coin": "BTC",
        "class": [str(name) for name in Classification],
        "kind": [str(name) for name in ReadingKind],
        "horizon": ["1000", "15000", "300000"],
        "order_id": rows[0][0],
    }


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.key)
def test_a_panel_answers(
    panel: Panel, client: Client, whole_run: TimeRange, chosen: Variables
) -> None:
    assert run(client, panel.query, whole_run, chosen)
    if panel.colour_query is not None:
        [row] = run(client, panel.colour_query, whole_run, chosen)
        assert row["colour"] in panel.colours.values()


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.key)
def test_a_panel_of_an_empty_range_is_no_error(
    panel: Panel, client: Client, whole_run: TimeRange, chosen: Variables
) -> None:
    before = TimeRange(whole_run.from_ms - 86_400_000, whole_run.from_ms - 3_600_000, INTERVAL_MS)
    run(client, panel.query, before, chosen)


@pytest.mark.parametrize("panel", BY_TIME, ids=lambda panel: panel.key)
def test_the_end_of_a_range_continues_what_was_seen(
    panel: Panel, client: Client, whole_run: TimeRange, chosen: Variables
) -> None:
    """What `by_time` promises: the newest times asked alone are as in the whole range."""
    whole = run(client, panel.query, whole_run, chosen)
    from_ms = (whole_run.from_ms + whole_run.to_ms) // 2 // INTERVAL_MS * INTERVAL_MS
    end = run(client, panel.query, TimeRange(from_ms, whole_run.to_ms, INTERVAL_MS), chosen)

    zone = end[0]["time"].tzinfo
    begin = datetime.fromtimestamp(from_ms / 1_000, zone)
    assert 0 < len(end) < len(whole)
    assert end == [row for row in whole if row["time"] >= begin]


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.key)
def test_grafana_sees_the_same_rows_and_gaps(
    panel: Panel, client: Client, whole_run: TimeRange, chosen: Variables
) -> None:
    """What Grafana asks adds rows without values, and writes prices with their tick's decimals."""
    rows = run(client, panel.query, whole_run, chosen)
    shown = list(client.query(expand(grafana_sql(panel), whole_run, chosen)).named_results())
    _, figures = series_columns(panel.query)
    kept = [row for row in shown if any(row[name] is not None for name in figures)]
    assert len(kept) == len([row for row in rows if any(row[n] is not None for n in figures)])
    for column in panel.query.columns:
        if panel.kind is Kind.TABLE and column.unit is Unit.PRICE:
            prices = [
                None if row[column.name] is None else float(row[column.name]) for row in shown
            ]
            assert prices == [row[column.name] for row in rows]
            decimals = {(row["symbol"], len(row["price"].partition(".")[2])) for row in shown}
            assert len(decimals) == len({symbol for symbol, _ in decimals}), decimals


def test_prices_of_any_size_are_written_without_an_exponent(client: Client) -> None:
    prices = {1e-10: "0.0000000001", 4.5e-7: "0.00000045", 1.65e-5: "0.0000165", 61823.85: None}
    for price, said in prices.items():
        sql = f"SELECT {in_digits('x')} FROM (SELECT {price!r}::Nullable(Float64) AS x)"
        assert client.query(sql).result_rows == [(said or str(price),)]


def test_an_outage_is_a_row_without_a_value(
    client: Client, whole_run: TimeRange, chosen: Variables
) -> None:
    """Of two stretches of a run, an hour apart."""
    cut = replace(
        flow.PRICE,
        query=replace(
            flow.PRICE.query,
            sql=f"""
SELECT told.time + toIntervalHour(told.time > toDateTime({whole_run.to_ms // 1_000 - 120})) AS time,
       close, high, low
FROM ({flow.PRICE.query.sql}) AS told
ORDER BY time""",
        ),
    )
    rows = list(client.query(expand(grafana_sql(cut), whole_run, chosen)).named_results())
    [gap] = [index for index, row in enumerate(rows) if row["close"] is None]
    assert rows[gap + 1]["time"] - rows[gap]["time"] > timedelta(minutes=55)
    assert rows[gap]["time"] - rows[gap - 1]["time"] == timedelta(milliseconds=INTERVAL_MS)


@pytest.mark.parametrize("interval_s", [1, 2, 15, 60])
def test_no_end_of_a_wall_breaks_the_line_of_the_price(
    client: Client, whole_run: TimeRange, chosen: Variables, interval_s: int
) -> None:
    """Grafana joins the lines by time and takes a time without a price for a gap of a long one."""
    seen = replace(whole_run, interval_ms=interval_s * 1_000)
    sql = expand(grafana_sql(walls.PRICE_WALLS), seen, chosen)
    rows = [row for row in client.query(sql).named_results() if row["price"] is not None]
    priced = {row["time"] for row in rows if row["line"] == "mid"}
    of_walls: dict[str, list[datetime]] = {}
    for row in rows:
        if row["line"] != "mid":
            of_walls.setdefault(row["line"], []).append(row["time"])
    assert of_walls
    for line, times in of_walls.items():
        assert len(times) == 2, line
        assert times[1] > times[0], line
        within = {time for time in times if min(priced) < time < max(priced)}
        assert within <= priced, line


def test_the_book_behind_the_walls_is_dots_at_its_largest_levels(
    client: Client, whole_run: TimeRange, chosen: Variables
) -> None:
    behind = walls.PRICE_WALLS.behind
    assert behind is not None
    dots = run(client, behind, whole_run, chosen)
    assert {dot["line"].split()[0] for dot in dots} == {"heat1", "heat2", "heat3"}
    times = Counter(dot["time"] for dot in dots)
    assert max(times.values()) <= walls.DOTS


def test_the_walls_of_the_live_page_lie_in_the_range(
    client: Client, whole_run: TimeRange, chosen: Variables
) -> None:
    bars = run(client, walls.WALLS.query, whole_run, chosen)
    assert bars
    for wall in bars:
        assert whole_run.from_ms <= wall["start_ms"] <= wall["end_ms"] <= whole_run.to_ms


@pytest.mark.parametrize("variable", [VENUE, SYMBOL, HORIZON], ids=lambda variable: variable.name)
def test_a_variable_offers_values(
    variable: Variable, client: Client, whole_run: TimeRange, chosen: Variables
) -> None:
    rows = client.query(expand(variable.sql, whole_run, chosen)).result_rows
    offered = [row[0] for row in rows]
    horizons = [str(horizon_ms) for horizon_ms in LedgerSettings().horizons_ms]
    expected = {
        "venue": ["binance_usdm"],
        "symbol": ["BTCUSDT", "ETHUSDT"],
        "horizon": horizons[: len(offered)],
    }
    assert offered == expected[variable.name]
    assert len(offered) >= 1


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        (COIN, ["BTC"]),
        (VENUES_OF_COIN, ["binance_spot", "binance_usdm"]),
        (SYMBOLS_OF_COIN, ["BTCUSDT"]),
    ],
    ids=lambda given: getattr(given, "title", None),
)
def test_a_variable_offers_the_markets_of_a_coin(
    variable: Variable,
    expected: list[str],
    client: Client,
    whole_run: TimeRange,
    chosen: Variables,
) -> None:
    rows = client.query(expand(variable.sql, whole_run, chosen)).result_rows
    assert [row[0] for row in rows] == expected


def test_a_lead_comes_with_its_uncertainty(
    client: Client, whole_run: TimeRange, chosen: Variables
) -> None:
    """The mirror is 100 ms later, always: nothing is uncertain but the step of the returns."""
    [pair] = run(client, market_flow.LEADS.query, whole_run, chosen)
    assert (pair["leader"], pair["verdict"]) == ("binance_usdm:BTCUSDT", "leads")
    assert (pair["lead_ms"], pair["plus_minus_ms"], pair["ahead_share"]) == (100, 50, 1)
    begin = TimeRange(whole_run.from_ms, whole_run.from_ms + 120_000, INTERVAL_MS)
    [early] = run(client, market_flow.LEADS.query, begin, chosen)
    assert (early["verdict"], early["plus_minus_ms"]) == ("not known yet", None)


def test_each_market_is_told_against_the_one_that_leads(
    client: Client, whole_run: TimeRange, chosen: Variables
) -> None:
    rows = run(client, market_flow.LEAD_LINES.query, whole_run, chosen)
    assert {(row["line"], row["behind_ms"]) for row in rows} == {
        ("binance_usdm BTCUSDT, leads", 0),
        ("binance_spot BTCUSDT", 100),
    }


def test_open_interest_is_told_as_its_change_and_all_as_the_sum(
    client: Client, whole_run: TimeRange, chosen: Variables
) -> None:
    rows = run(client, market_flow.OPEN_INTEREST.query, whole_run, chosen)
    changes: dict[str, list[float]] = {}
    for row in rows:
        changes.setdefault(row["line"], []).append(row["change"])
    assert changes.keys() == {"all", "binance_usdm BTCUSDT"}
    assert changes["all"] == changes["binance_usdm BTCUSDT"]
    assert changes["all"][0] == 0
    assert any(changes["all"])


@pytest.mark.parametrize("annotation", ANNOTATIONS, ids=lambda annotation: annotation.name)
def test_an_annotation_marks_moments(
    annotation: Annotation, client: Client, whole_run: TimeRange, chosen: Variables
) -> None:
    marks = run(client, annotation.query, whole_run, chosen)
    assert marks
    assert all(mark["title"] and mark["text"] and mark["tags"] for mark in marks)


@pytest.mark.parametrize("rule", ALERT_RULES, ids=lambda rule: rule.uid)
def test_an_alert_rule_answers_without_variables(
    rule: AlertRule, client: Client, whole_run: TimeRange
) -> None:
    rows = run(client, rule.query, whole_run, {})
    assert {row["symbol"] for row in rows} == {"BTCUSDT", "ETHUSDT"}


def test_manipulation_fires_while_it_lasts_and_not_before(
    client: Client, whole_run: TimeRange
) -> None:
    [(began_ms,)] = client.query(
        "SELECT min(event_time) FROM actions "
        "WHERE symbol = 'BTCUSDT' AND final_action = 'MANIPULATION'"
    ).result_rows
    query = alert_rules.MANIPULATION.query

    def fires(until_ms: int) -> bool:
        rows = run(client, query, TimeRange(whole_run.from_ms, until_ms), {})
        return any(row["symbol"] == "BTCUSDT" and row["value"] > 0 for row in rows)

    assert not fires(began_ms - 1)
    assert fires(began_ms)


def test_a_feed_that_went_silent_fires_until_it_is_back(
    client: Client, whole_run: TimeRange
) -> None:
    rows = client.query(
        "SELECT state, toUnixTimestamp64Milli(time) FROM feed_status "
        "WHERE symbol = 'BTCUSDT' AND stream LIKE '%aggTrade' ORDER BY time"
    ).result_rows
    [silent_ms] = [at for state, at in rows if state == "silent"]
    back_ms = rows[-1][1]
    query = alert_rules.FEED_DOWN.query

    def streams_away(until_ms: int) -> float:
        rows = run(client, query, TimeRange(whole_run.from_ms, until_ms), {})
        [value] = [row["value"] for row in rows if row["symbol"] == "BTCUSDT"]
        return float(value)

    # The time filter of Grafana knows whole seconds.
    assert streams_away(silent_ms + 1_000) == 1
    assert streams_away(back_ms + 1_000) == 0


def test_lag_is_the_age_of_the_newest_second(client: Client, whole_run: TimeRange) -> None:
    later = TimeRange(whole_run.from_ms, whole_run.to_ms + 60_000)
    ages = [row["value"] for row in run(client, alert_rules.LAG.query, later, {})]
    assert all(60 <= age <= 62 for age in ages)


def test_cvd_adds_up_to_the_delta_of_the_range(
    client: Client, whole_run: TimeRange, chosen: Variables
) -> None:
    last = run(client, flow.CVD.query, whole_run, chosen)[-1]
    [(total,)] = client.query(
        "SELECT sum(delta_usd) FROM flow_1s WHERE symbol = 'BTCUSDT'"
    ).result_rows
    assert last["total"] == pytest.approx(total)
    parts = (last["lt_10k"], last["from_10k"], last["from_100k"], last["from_1m"])
    assert sum(parts) == pytest.approx(total)


def test_fills_and_pulls_are_those_of_the_closed_orders(
    client: Client, whole_run: TimeRange, chosen: Variables
) -> None:
    bars = run(client, walls.FILLS_PULLS.query, whole_run, chosen)
    [(filled, pulled)] = client.query(
        "SELECT sum(traded_qty * price), sum(cancelled_qty * price) FROM large_orders "
        "WHERE symbol = 'BTCUSDT'"
    ).result_rows
    assert sum(bar["filled_bids"] + bar["filled_asks"] for bar in bars) == pytest.approx(filled)
    assert -sum(bar["pulled_bids"] + bar["pulled_asks"] for bar in bars) == pytest.approx(pulled)


def test_the_mean_so_far_ends_at_the_mean_of_the_figures(
    client: Client, whole_run: TimeRange, chosen: Variables
) -> None:
    means = {
        f"{row['label']} ({row['kind']}), {row['horizon_ms'] // 1_000} s": row["mean_bps"]
        for row in run(client, proof.FIGURES.query, whole_run, chosen)
        if row["readings"]
    }
    # Readings are told before they are graded: both take all from the first to the last.
    last = {
        row["reading"]: row["mean_bps"]
        for row in run(client, proof.SO_FAR.query, whole_run, chosen)
    }
    assert last == pytest.approx(means)
    assert len(last) > 5


def test_the_counts_of_outcomes_are_those_of_the_figures(
    client: Client, whole_run: TimeRange, chosen: Variables
) -> None:
    bars = run(client, proof.GRADED.query, whole_run, chosen)
    figures = run(client, proof.FIGURES.query, whole_run, chosen)
    voids = run(client, proof.VOIDS.query, whole_run, chosen)
    for bar, figure in (("graded", "readings"), ("undirected", "undirected"), ("void", "void")):
        assert sum(row[bar] for row in bars) == sum(row[figure] for row in figures)
    assert sum(row["outcomes"] for row in voids) == sum(row["void"] for row in figures)


def test_the_suggestions_of_the_board_are_those_of_the_scorecard(
    client: Client, whole_run: TimeRange, chosen: Variables
) -> None:
    rows = run(client, proof.SUGGESTIONS.query, whole_run, chosen)
    told = client.query("SELECT * FROM suggestion_outcomes WHERE symbol = 'BTCUSDT'")
    lines = judge_suggestions(told.named_results())
    assert sum(line.entered for line in lines) > 0
    names = ("entered", "within", "stopped", "not_entered", "withdrawn", "touched_only")
    assert [[row[name] for name in names] for row in rows] == [
        [getattr(line, name) for name in names] for line in lines
    ]
    for row, line in zip(rows, lines, strict=True):
        for name in ("within_share", "low", "high", "mean_loss_usd"):
            expected = getattr(line, name)
            assert row[name] == (None if expected is None else pytest.approx(expected, abs=1e-4))


def test_the_kind_and_horizon_filters_filter(
    client: Client, whole_run: TimeRange, chosen: Variables
) -> None:
    one = {**chosen, "kind": ["order_closed"], "horizon": ["15000"]}
    figures = run(client, proof.FIGURES.query, whole_run, one)
    assert {(row["kind"], row["horizon_ms"]) for row in figures} == {("order closed", 15_000)}


def test_the_class_filter_filters(client: Client, whole_run: TimeRange, chosen: Variables) -> None:
    query: Query = large_orders.TABLE.query
    only = run(client, query, whole_run, {**chosen, "class": ["SPOOF"]})
    assert {row["classification"] for row in only} == {"SPOOF"}
    assert len(only) < len(run(client, query, whole_run, chosen))


def test_a_hostile_value_stays_a_value(
    client: Client, whole_run: TimeRange, chosen: Variables
) -> None:
    hostile = {**chosen, "symbol": ["BTCUSDT') OR ('1'='1", "\\", "${venue:singlequote}"]}
    assert run(client, large_orders.TABLE.query, whole_run, hostile) == []

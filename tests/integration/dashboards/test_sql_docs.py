"""Every question of docs/sql.md runs on a real server and is answered in the printed shape."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from clickhouse_connect.driver.client import Client

from dashboards.panels.boards import alerts
from dashboards.panels.macros import TimeRange
from schemas.clickhouse.connect import connect
from tests.support.markets.demo_data import DemoStore
from tests.support.reading.panel_runner import run
from tests.support.reading.sql_docs import Question, lines_for_a_shell, questions

pytestmark = pytest.mark.clickhouse

QUESTIONS = questions()


@pytest.fixture(scope="module")
def client(demo_store: DemoStore) -> Iterator[Client]:
    """A client of the store with the demo run."""
    opened = connect(demo_store.settings)
    yield opened
    opened.close()


def test_there_are_fifteen_questions() -> None:
    assert [question.number for question in QUESTIONS] == list(range(1, 16))
    assert all(question.title.endswith("?") for question in QUESTIONS)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: str(question.number))
def test_a_question_is_answered_as_printed(question: Question, client: Client) -> None:
    result = client.query(question.sql)
    assert result.result_rows
    assert tuple(result.column_names) == question.answer_columns
    assert question.answer_rows >= 1


def test_the_lines_for_an_embedded_store_name_what_is_there(client: Client) -> None:
    asked = lines_for_a_shell()
    assert len(asked) == 4
    for sql, parameters in asked:
        assert client.query(sql, parameters=parameters).column_names


def test_the_board_gives_the_same_answer_about_pulled_walls(
    client: Client, demo_store: DemoStore
) -> None:
    first = QUESTIONS[0].sql.replace("LIMIT 8", "")
    in_sql = [
        (row["price"], row["million_usd"], row["lifetime_ms"])
        for row in client.query(first).named_results()
    ]
    everything = TimeRange(demo_store.from_ms, demo_store.to_ms)
    chosen = {"venue": "binance_usdm", "symbol": ["BTCUSDT"]}
    on_board = [
        (row["price"], round(row["max_value_usd"] / 1e6, 2), row["lifetime_ms"])
        for row in run(client, alerts.PULLED.query, everything, chosen)
    ]
    assert in_sql == on_board
    assert len(in_sql) > 8

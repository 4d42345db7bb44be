"""What a client may choose for its query."""

import pytest

from dashboards.sql.errors import SqlError
from dashboards.sql.limits import chosen, limits
from schemas.settings import SqlSettings

SETTINGS = SqlSettings(max_execution_s=10, max_result_rows=100, max_memory_mb=64)


def test_without_a_wish_the_limits_hold() -> None:
    assert chosen({}, SETTINGS) == {
        "max_execution_time": "10",
        "max_memory_usage": str(64 << 20),
        "max_result_rows": "100",
        "max_result_bytes": str(32 << 20),
        "max_threads": "1",
    }


def test_less_may_be_asked_for() -> None:
    wanted = {"max_execution_time": "0.5", "max_result_rows": "7", "readonly": "2"}
    found = chosen(wanted, SETTINGS)
    assert (found["max_execution_time"], found["max_result_rows"]) == ("0.5", "7")
    assert "readonly" not in found


@pytest.mark.parametrize("name", sorted(limits(SETTINGS)))
@pytest.mark.parametrize("value", ["0", "1e30", "inf", "nan", "-1", "x", "", "11' , readonly = 0"])
def test_no_limit_is_lifted(name: str, value: str) -> None:
    with pytest.raises(SqlError) as refused:
        chosen({name: value}, SETTINGS)
    assert name in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("readonly", "0", "readonly"),
        ("profile", "default", "cannot be changed here"),
        ("allow_ddl", "1", "cannot be changed here"),
        ("timeout_overflow_mode", "break", "cannot be changed here"),
        ("format_schema", "/etc/passwd", "cannot be changed here"),
        ("format_template_row", "/etc/passwd", "cannot be changed here"),
        ("join_use_nulls", "1', readonly = '0", "no quotes"),
        ("join_use_nulls = 1, readonly", "0", "cannot be changed here"),
    ],
)
def test_other_settings_are_refused_in_words(name: str, value: str, words: str) -> None:
    with pytest.raises(SqlError, match=words):
        chosen({name: value}, SETTINGS)


def test_what_clients_send_for_servers_is_accepted_and_left_out() -> None:
    sent = {"session_id": "x", "wait_end_of_query": "1", "client_protocol_version": "54405"}
    assert chosen(sent, SETTINGS) == chosen({}, SETTINGS)
    assert chosen({"join_use_nulls": "1"}, SETTINGS)["join_use_nulls"] == "1"

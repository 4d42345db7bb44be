"""Which statements are run, and what is said of the others."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.sql.errors import SqlError
from dashboards.sql.statement import MAX_LENGTH, checked
from dashboards.sql.tokens import Kind, tokens
from tests.support.reading.sql_docs import questions


@pytest.mark.parametrize("question", questions(), ids=lambda question: str(question.number))
def test_the_questions_of_the_docs_are_accepted(question: object) -> None:
    assert checked(question.sql).sql == question.sql.strip()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("INSERT INTO t VALUES (1)", "readonly mode"),
        ("DROP TABLE t", "readonly mode"),
        ("ALTER TABLE t DELETE WHERE 1", "readonly mode"),
        ("CREATE TABLE t (a Int8) ENGINE = Memory", "readonly mode"),
        ("KILL QUERY WHERE 1", "readonly mode"),
        ("SYSTEM SHUTDOWN", "readonly mode"),
        ("EXECUTE AS default SELECT 1", "readonly mode"),
        ("`SELECT` 1", "readonly mode"),
        ("SET max_execution_time = 0", "SET is refused"),
        ("USE system", "USE is refused"),
        ("SELECT 1; SELECT 2", "multi-statements"),
        ("SELECT 1 /* ; */; DROP TABLE t --", "multi-statements"),
        ("SELECT 1 INTO OUTFILE '/tmp/x'", "INTO OUTFILE is refused"),
        ("SELECT 1 into/**/outfile'/tmp/x'", "INTO OUTFILE is refused"),
        ("SELECT 1 PARALLEL WITH KILL QUERY WHERE 1", "PARALLEL WITH is refused"),
        ("SELECT file('/etc/passwd')", "file() is refused"),
        ("SELECT `file`('/etc/passwd')", "file() is refused"),
        ("SELECT \"FILE\" /* */ ('/etc/passwd')", "FILE() is refused"),
        ("SELECT * FROM url('http://127.0.0.1/')", "url() is refused"),
        ("SELECT * FROM s3('http://127.0.0.1/b')", "s3() is refused"),
        ("SELECT * FROM s3Cluster('c', 'http://127.0.0.1/b')", "s3Cluster() is refused"),
        ("SELECT * FROM remote('127.0.0.1', system.one)", "remote() is refused"),
        ("SELECT * FROM executable('x', TSV, 'a Int8')", "executable() is refused"),
        ("SELECT * FROM icebergLocal('/tmp')", "icebergLocal() is refused"),
        ("WITH x AS (SELECT 1) SELECT * FROM x, mysql('h', 'd', 't', 'u', 'p')", "mysql()"),
        ("SELECT $$;$$", "not accepted outside of quotes"),
        ("SELECT “a”", "not accepted outside of quotes"),
        ("SELECT 1\x00", "not accepted outside of quotes"),
        ("SELECT `fi\\x6ce`('/etc/passwd')", "no escapes"),
        ("SELECT x'\\', file('/etc/passwd'), '", "no escapes"),
        ("SELECT 'a", "never closed"),
        ("SELECT /* a /* b */", "never closed"),
        ("", "empty query"),
        (" -- nothing\n;", "empty query"),
        ("INSERT INTO t FORMAT Native\n\x01\x00'", "readonly mode"),
        ("SELECT " + "1" * MAX_LENGTH, "at most"),
    ],
)
def test_what_is_refused_is_refused_in_words(sql: str, words: str) -> None:
    with pytest.raises(SqlError) as refused:
        checked(sql)
    assert words in str(refused.value)
    assert refused.value.code in (62, 164, 223, 497)


@pytest.mark.parametrize(
    ("sql", "form"),
    [
        ("SELECT 1", None),
        ("SELECT 1; ;", None),
        ("(SELECT 1) FORMAT JSON", "JSON"),
        ("SELECT 1 format `CSV` SETTINGS max_threads = 1;", "CSV"),
        ("SELECT format('{}', 'x FORMAT JSON') AS format", None),
        ("SELECT * FROM (SELECT 1 FORMAT JSON)", None),
        ("SHOW TABLES -- FORMAT JSON", None),
        ("SELECT 'it''s; INTO OUTFILE' AS file, \"a;b\", `file`", None),
        ("SELECT 'a\\'; DROP TABLE t'", None),
        ("FROM large_orders SELECT side", None),
        ("DESCRIBE TABLE large_orders", None),
        ("EXPLAIN SELECT 1 # a comment; of another kind", None),
    ],
)
def test_reading_is_accepted_and_its_format_known(sql: str, form: str | None) -> None:
    assert checked(sql).format == form


@given(st.text())
def test_any_text_is_cut_or_refused(text: str) -> None:
    try:
        found = tokens(text)
    except SqlError:
        return
    assert all(token.start < token.end <= len(text) for token in found)
    assert all(a.end <= b.start for a, b in pairwise(found))


@given(st.text(), st.sampled_from("'\"`"))
def test_whatever_is_quoted_is_one_token(text: str, quote: str) -> None:
    quoted = quote + text.replace("\\", "").replace(quote, quote * 2) + quote
    assert [token.kind for token in tokens(quoted)] == [Kind.STRING if quote == "'" else Kind.NAME]

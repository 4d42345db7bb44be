"""The page offers the questions of docs/sql.md."""

from dashboards.sql.questions import questions
from tests.support.reading import sql_docs


def test_they_are_those_of_the_docs() -> None:
    ours = [(one.number, one.title, one.sql) for one in questions()]
    assert ours == [(one.number, one.title, one.sql) for one in sql_docs.questions()]
    assert len(ours) == 15

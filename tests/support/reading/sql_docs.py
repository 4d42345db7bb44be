"""The questions in docs/sql.md: read for the tests, and their answers written anew.

`python -m tests.support.reading.sql_docs` makes a demo run on a real server and puts its answers
below the questions; run it after a change of the page's SQL or of the simulated market.
"""

from __future__ import annotations

import re
import shlex
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from clickhouse_connect.driver.client import Client

from schemas.clickhouse.connect import connect
from schemas.settings import ClickHouseSettings
from tests.support.markets.demo_data import fill
from tests.support.paths import REPOSITORY
from tests.support.servers.clickhouse_server import running_server, unique_database

PAGE: Final = REPOSITORY / "docs" / "sql.md"
_QUESTION: Final = re.compile(
    r"^## (?P<number>\d+)\. (?P<title>.+?)\n(?P<text>.*?)```sql\n(?P<sql>.*?)```\n"
    r"(?:\n?```text\n(?P<answer>.*?)```\n)?",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the page."""

    number: int
    title: str
    sql: str
    answer: str
    """As it is printed; empty where there is none yet."""

    @property
    def answer_columns(self) -> tuple[str, ...]:
        """Column names in the printed answer."""
        return tuple(self.answer.splitlines()[0].split()) if self.answer else ()

    @property
    def answer_rows(self) -> int:
        """Rows in the printed answer."""
        return len(self.answer.splitlines()) - 2


def lines_for_a_shell() -> list[tuple[str, dict[str, str]]]:
    """Return (query, parameters) of the lines that ask an embedded store, but for one of a file."""
    section = PAGE.read_text(encoding="utf-8").partition("## An embedded store\n")[2]
    block = section.partition("```\n")[2].partition("```")[0]
    found = []
    for line in block.splitlines():
        words = shlex.split(line)
        if words[0] == "curl" and "--data-binary" in words:
            continue
        if words[0] == "curl":
            query = dict(parse_qsl(urlsplit(words[1]).query))
            sql = query.pop("query", None) or words[words.index("-d") + 1]
            found.append((sql, {name.removeprefix("param_"): query[name] for name in query}))
        elif words[0] == "wallwatch":
            found.append((words[2], {}))
        else:
            [sql] = re.findall(r'query_df\("(.+?)"\)', words[-1])
            found.append((sql, {}))
    return found


def questions(page: str | None = None) -> list[Question]:
    """Return the questions in the page's order."""
    text = PAGE.read_text(encoding="utf-8") if page is None else page
    return [
        Question(int(m["number"]), m["title"], m["sql"].strip(), m["answer"] or "")
        for m in _QUESTION.finditer(text)
    ]


def printed(names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    """Return an answer as columns of text."""
    cells = [list(names), *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(names))]
    lines = [
        "  ".join(value.ljust(width) for value, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    rule = "  ".join("-" * width for width in widths)
    return "\n".join([lines[0], rule, *lines[1:]]) + "\n"


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.10g}"
    if hasattr(value, "strftime"):
        return str(value.strftime("%Y-%m-%d %H:%M:%S"))
    return str(value)


def _answered(client: Client, page: str) -> str:
    def answer(match: re.Match[str]) -> str:
        result = client.query(match["sql"])
        text = printed(tuple(result.column_names), [tuple(row) for row in result.result_rows])
        head = f"## {match['number']}. {match['title']}\n{match['text']}"
        return f"{head}```sql\n{match['sql']}```\n```text\n{text}```\n"

    return _QUESTION.sub(answer, page)


def main() -> None:
    """Write the answers of a demo run into the page."""
    with (
        tempfile.TemporaryDirectory(prefix="wallwatch-docs-") as folder,
        running_server(Path(folder)) as url,
    ):
        demo = fill(ClickHouseSettings(url=url, database=unique_database()))
        client = connect(demo.settings)
        PAGE.write_text(_answered(client, PAGE.read_text(encoding="utf-8")), encoding="utf-8")
        client.close()


if __name__ == "__main__":
    main()

"""`wallwatch sql` against a served store."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest

from tests.integration.dashboards.sql.conftest import Asked


async def ask(asked: Asked, *arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
    """Return exit code, stdout and stderr of the command."""
    database = asked.settings.clickhouse.database
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "compose.cli", "sql", "--url", asked.url, *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "WALLWATCH_CLICKHOUSE__DATABASE": database},
    )
    out, err = await child.communicate(stdin)
    return child.returncode or 0, out.decode(), err.decode()


async def test_a_person_gets_a_table(asked: Asked) -> None:
    sql = "SELECT n, if(n = 1, NULL, 'some text') AS words FROM numbered ORDER BY n LIMIT 2"
    code, out, err = await ask(asked, sql)
    assert (code, err) == (0, "")
    assert out == "n  words\n0  some text\n1  -\n(2 rows)\n"


async def test_a_program_gets_its_format(asked: Asked) -> None:
    sql = "SELECT {x:String} AS x, count() AS n FROM numbered"
    _, out, _ = await ask(asked, "--format", "CSVWithNames", "-p", "x=a'b", "-", stdin=sql.encode())
    assert out == '"x","n"\n"a\'b",1000\n'
    _, out, _ = await ask(asked, "SELECT 1 AS x FORMAT JSONEachRow")
    assert out == '{"x":1}\n'


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["DROP TABLE numbered"], "readonly mode"),
        (["SELECT nothing"], "nothing"),
        (["SELECT 1", "-p", "x"], "expected NAME=VALUE"),
        (["SELECT 1", "--url", "file:///etc/passwd"], "expected http"),
        (["SELECT 1", "--url", "http://127.0.0.1:9"], "start `wallwatch up`"),
    ],
)
async def test_a_mistake_is_one_line(asked: Asked, arguments: list[str], words: str) -> None:
    code, out, err = await ask(asked, *arguments)
    assert (code, out) == (1, "")
    assert err.startswith("wallwatch: ")
    assert err.count("\n") == 1
    assert words in err

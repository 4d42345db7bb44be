"""The fifteen questions of docs/sql.md, as the page offers them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

QUESTION: Final = re.compile(r"^-- (\d+)\. (.+?)\n(.+?);\n", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Question:
    """One question and its query."""

    number: int
    title: str
    sql: str


@cache
def questions() -> tuple[Question, ...]:
    """Return the questions of `questions.sql` in their order."""
    text = (resources.files(__package__) / "questions.sql").read_text(encoding="utf-8")
    return tuple(Question(int(number), title, sql) for number, title, sql in QUESTION.findall(text))

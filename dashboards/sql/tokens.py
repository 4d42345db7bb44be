"""The words of a statement, cut as ClickHouse cuts them.

What ClickHouse would cut in a way that is hard to follow (heredocs, typographic quotes, escapes in
names) is refused, so that nothing can hide in it. Source: ClickHouse src/Parsers/Lexer.cpp.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from dashboards.sql.errors import Problem, refusal


class Kind(Enum):
    """What a token is."""

    WORD = "word"
    """A keyword, a bare name or a number."""
    NAME = "name"
    """A name in quotes, given without them."""
    STRING = "string"
    SIGN = "sign"


@dataclass(frozen=True, slots=True)
class Token:
    """One token and where it lies in the text."""

    kind: Kind
    text: str
    start: int
    end: int

    def is_word(self, word: str) -> bool:
        """Whether this is the keyword `word` (upper case), unquoted."""
        return self.kind is Kind.WORD and self.text.upper() == word


WORD: Final = re.compile(r"[A-Za-z0-9_]+")
LINE_COMMENT: Final = re.compile(r"--|#!|#\s")
QUOTED: Final = {
    "'": re.compile(r"'((?:[^'\\]|\\.|'')*)'", re.DOTALL),
    '"': re.compile(r'"((?:[^"\\]|\\.|"")*)"', re.DOTALL),
    "`": re.compile(r"`((?:[^`\\]|\\.|``)*)`", re.DOTALL),
}
BINARY_PREFIXES: Final = frozenset({"X", "B"})
"""x'...' and b'...' know no escapes."""


def tokens(sql: str) -> list[Token]:
    """Return the tokens without comments. Raises SqlError for what is refused or never ends."""
    return list(_cut(sql))


def begin(sql: str) -> Token | None:
    """Return the first token that is no bracket or semicolon; None: there is none."""
    return next((token for token in _cut(sql) if token.text not in ("(", ";")), None)


def _cut(sql: str) -> Iterator[Token]:
    at = 0
    before: Token | None = None
    while at < len(sql):
        char = sql[at]
        if char in " \t\r\n\f\v":
            at += 1
        elif LINE_COMMENT.match(sql, at):
            end = sql.find("\n", at)
            at = len(sql) if end < 0 else end
        elif sql.startswith("/*", at):
            at = _after_comment(sql, at)
        else:
            before = _token(sql, at, before)
            at = before.end
            yield before


def _token(sql: str, at: int, before: Token | None) -> Token:
    char = sql[at]
    if char in QUOTED:
        return _quoted(sql, at, before)
    if (word := WORD.match(sql, at)) is not None:
        return Token(Kind.WORD, word[0], at, word.end())
    if char == "$" or not char.isascii() or not char.isprintable():
        raise refusal(
            Problem.SYNTAX_ERROR,
            f"Syntax error: {char!r} at position {at + 1} is not accepted outside of quotes",
        )
    return Token(Kind.SIGN, char, at, at + 1)


def _quoted(sql: str, at: int, before: Token | None) -> Token:
    match = QUOTED[sql[at]].match(sql, at)
    if match is None:
        words = f"Syntax error: the quote at position {at + 1} is never closed"
        raise refusal(Problem.SYNTAX_ERROR, words)
    body = match[1]
    is_string = sql[at] == "'"
    is_binary = (
        is_string
        and before is not None
        and before.end == at
        and before.text.upper() in BINARY_PREFIXES
    )
    if "\\" in body and (is_binary or not is_string):
        words = f"Syntax error: no escapes are accepted in the quotes at position {at + 1}"
        raise refusal(Problem.SYNTAX_ERROR, words)
    if is_string:
        return Token(Kind.STRING, body, at, match.end())
    return Token(Kind.NAME, body.replace(sql[at] * 2, sql[at]), at, match.end())


def _after_comment(sql: str, at: int) -> int:
    """Return where the comment that begins at `at` ends; comments nest."""
    depth, begin = 0, at
    while at < len(sql):
        if sql.startswith("/*", at):
            depth, at = depth + 1, at + 2
        elif sql.startswith("*/", at):
            depth, at = depth - 1, at + 2
            if depth == 0:
                return at
        else:
            at += 1
    words = f"Syntax error: the comment at position {begin + 1} is never closed"
    raise refusal(Problem.SYNTAX_ERROR, words)

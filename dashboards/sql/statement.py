"""A statement that may be run: one, and one that reads the store.

The engine runs it with `readonly = 1`, which forbids writing, DDL, changes of settings and table
functions that reach outside. This check refuses what that leaves open (several statements, files
written by INTO OUTFILE, the function file(), KILL QUERY), and says all of it in plain words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from dashboards.sql.errors import Problem, refusal
from dashboards.sql.tokens import Kind, Token, begin, tokens

MAX_LENGTH: Final = 256 << 10
"""Characters of a statement; ClickHouse's own max_query_size, in bytes."""
READING: Final = frozenset(
    {"SELECT", "WITH", "FROM", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "EXISTS"}
)
SESSION: Final = frozenset({"SET", "USE"})
FORBIDDEN_PAIRS: Final = {
    ("INTO", "OUTFILE"): "INTO OUTFILE is refused: the answer comes to you, redirect it there",
    ("PARALLEL", "WITH"): "PARALLEL WITH is refused: send one statement at a time",
}
OUTSIDE: Final = re.compile(
    r"(?:azureblobstorage|deltalake|hdfs|hudi|iceberg|mergetree|paimon|prometheusquery|s3|timeseries)"
    r"\w*"
    r"|ai(?:classify|embed|extract|filter|generate|redact|similarity|translate)"
    r"|(?:cluster|clusterallreplicas|file|filecluster|remote|remotesecure|url|urlcluster)"
    r"|(?:bigquery|cosn|gcs|jdbc|mongodb|mysql|odbc|oss|postgresql|redis|sqlite|ytsaurus)"
    r"|(?:arrowflight|arrowstream|catboostevaluate|dictionary|eval|executable|filesystem|fuzzjson)"
    r"|(?:fuzzquery|hive|input|python|reversednsquery)",
    re.IGNORECASE,
)
"""Functions that read files, ask other servers or run programs, or that nobody needs here."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement that may be run."""

    sql: str
    """Without semicolon at its end."""
    format: str | None
    """What its FORMAT clause says; None: it has none."""


def checked(text: str) -> Statement:
    """Return the one statement of `text`. Raises SqlError, which says what is refused and why."""
    if len(text) > MAX_LENGTH:
        words = f"The statement has {len(text)} characters; at most {MAX_LENGTH} are accepted"
        raise refusal(Problem.QUERY_IS_TOO_LARGE, words)
    # First of all, so that an INSERT is refused as one, whatever data follows it.
    _check_reads(begin(text))
    found = tokens(text)
    while found and found[-1].text == ";" and found[-1].kind is Kind.SIGN:
        found.pop()
    if not found:
        raise refusal(Problem.SYNTAX_ERROR, "Syntax error: empty query")
    _check_single(found)
    _check_pairs(found)
    return Statement(text[found[0].start : found[-1].end], _format(found))


def _check_single(found: list[Token]) -> None:
    if any(token.kind is Kind.SIGN and token.text == ";" for token in found):
        words = "Syntax error (multi-statements are not allowed): send one statement at a time"
        raise refusal(Problem.SYNTAX_ERROR, words)


def _check_reads(first: Token | None) -> None:
    if first is None:
        return
    word = first.text.upper() if first.kind is Kind.WORD else ""
    if word in SESSION:
        words = f"{word} is refused: nothing is kept between queries"
        cure = "give settings and database as parameters of the URL"
        raise refusal(Problem.READONLY, f"{words}; {cure}")
    if word not in READING:
        reading = ", ".join(sorted(READING - {"DESC", "FROM"}))
        words = f"Cannot execute query in readonly mode: it begins with {first.text[:40]!r}"
        raise refusal(Problem.READONLY, f"{words}, and only {reading} are answered here")


def _check_pairs(found: list[Token]) -> None:
    for token, following in pairwise(found):
        pair = (token.text.upper(), following.text.upper())
        if pair in FORBIDDEN_PAIRS and token.kind is following.kind is Kind.WORD:
            raise refusal(Problem.ACCESS_DENIED, FORBIDDEN_PAIRS[pair])
        is_call = following.kind is Kind.SIGN and following.text == "("
        if is_call and token.kind in (Kind.WORD, Kind.NAME) and OUTSIDE.fullmatch(token.text):
            words = f"{token.text}() is refused: queries read the tables of this store alone"
            raise refusal(Problem.ACCESS_DENIED, words)


def _format(found: list[Token]) -> str | None:
    """Return the name in a FORMAT clause outside of all brackets, the last one."""
    depth, name = 0, None
    for token, following in pairwise(found):
        if token.kind is Kind.SIGN:
            depth += (token.text in "([{") - (token.text in ")]}")
        elif depth == 0 and token.is_word("FORMAT") and following.kind in (Kind.WORD, Kind.NAME):
            name = following.text
    return name

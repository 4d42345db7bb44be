"""What a client asks over ClickHouse's HTTP interface: parameters of the URL and a body."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from dashboards.sql.engine import SqlQuestion
from dashboards.sql.errors import Problem, refusal
from dashboards.sql.statement import checked

PARAMETER: Final = "param_"
DEFAULT_FORMAT: Final = "TabSeparated"
LOGIN: Final = frozenset({"user", "password"})
"""Accepted and not looked at: everybody on this machine may read, and nobody may write."""
OF_THE_BODY: Final = "decompress"
"""Who reads the body has looked at it."""


@dataclass(frozen=True, slots=True)
class HttpQuery:
    """One request."""

    question: SqlQuestion
    query_id: str | None
    protocol_version: int
    """Of the client, for the Native format; 0: not said."""
    may_compress: bool
    """By Content-Encoding."""
    in_blocks: bool
    """Whether the answer is wanted in ClickHouse's own compression."""


def http_query(
    values: Iterable[tuple[str, str]], body: str, headers: Mapping[str, str], *, is_get: bool
) -> HttpQuery:
    """Return the request. `values` are those of the URL and of a form. Raises SqlError."""
    text: list[str] = []
    settings: dict[str, str] = {}
    parameters: dict[str, str] = {}
    own: dict[str, str] = {}
    for name, value in values:
        if name == "query":
            text.append(value)
        elif name.startswith(PARAMETER):
            parameters[name.removeprefix(PARAMETER)] = value
        elif name == "session_check":
            if is_yes(value):
                words = "Session not found: queries here have no session"
                raise refusal(Problem.SESSION_NOT_FOUND, words)
        elif name in ("compress", "database", "default_format", "query_id"):
            own[name] = value
        elif name not in LOGIN and name != OF_THE_BODY:
            settings[name] = value
    if body:
        text.append(body)
    if not any(part.strip() for part in text):
        verb = "GET" if is_get else "POST"
        words = f"Empty query: {verb} /?query=SELECT+1, or POST the query as the body"
        raise refusal(Problem.SYNTAX_ERROR, words)
    return HttpQuery(
        question=SqlQuestion(
            statement=checked("\n".join(text)),
            format=own.get("default_format") or headers.get("X-ClickHouse-Format", DEFAULT_FORMAT),
            settings=settings,
            parameters=parameters,
            database=own.get("database") or headers.get("X-ClickHouse-Database") or None,
        ),
        query_id=own.get("query_id") or None,
        protocol_version=_version(settings.get("client_protocol_version", "0")),
        may_compress=settings.get("enable_http_compression", "1") not in ("", "0"),
        in_blocks=is_yes(own.get("compress", "")),
    )


def is_yes(value: str) -> bool:
    """Whether a parameter of the URL turns something on."""
    return value not in ("", "0", "false")


def _version(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        words = f"client_protocol_version: {text[:20]!r} is no version"
        raise refusal(Problem.BAD_ARGUMENTS, words)
    return int(text)

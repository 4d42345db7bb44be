"""The connection to somebody's Grafana, whose failures read as one line with the cure.

Only endpoints by uid are used: those by numeric id are switched off in newer versions.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar
from urllib.parse import urljoin, urlsplit

from grafana_api.grafana_api import GrafanaException
from grafana_api.grafana_face import GrafanaFace

from schemas.http.proxy import is_loopback

TIMEOUT_S: Final = 10.0

T = TypeVar("T")


class GrafanaError(Exception):
    """Grafana cannot do what was asked; one line that names the thing and the cure."""


class GrafanaConnection:
    """One Grafana behind its client library."""

    def __init__(self, url: str, token: str) -> None:
        """Connects with the first call. Raises GrafanaError for what is no address or token."""
        self.url = url
        self.face = _connect(url, token)

    def get(self, path: str) -> Any:
        """Return the answer to GET `path`, below /api. Raises what the library raises."""
        return self.face.api.GET(path)

    def found(self, read: Callable[[], Any]) -> Any | None:
        """Return what `read` returns, None where Grafana has no such thing. Raises GrafanaError."""
        try:
            return read()
        except GrafanaException as error:
            if error.status_code == 404:
                return None
            raise self.error("read what is there", error) from None
        except OSError as error:
            raise self.unreachable(error) from None

    def call(self, what: str, call: Callable[[], T]) -> T:
        """Return what `call` returns; `what` it does is part of the GrafanaError that it raises."""
        try:
            return call()
        except GrafanaException as error:
            raise self.error(what, error) from None
        except OSError as error:
            raise self.unreachable(error) from None

    def error(self, what: str, error: GrafanaException) -> GrafanaError:
        """Return what to say of an answer of Grafana to an attempt to do `what`."""
        at = f"Grafana at {self.url}"
        if error.status_code == 401:
            return GrafanaError(
                f"{at} refused the token: make one for a service account with the role Admin "
                "and give it as --token or WALLWATCH_GRAFANA_TOKEN"
            )
        reason = _reason(error)
        if error.status_code == 403:
            return GrafanaError(
                f"{at} does not allow this token to {what}: {reason}; give its service account "
                "the role Admin"
            )
        if error.status_code in (409, 412):
            return GrafanaError(
                f"{at} could not {what}: {reason}; rename what is in the way, or run this again"
            )
        return GrafanaError(f"{at} could not {what}: {reason} (HTTP {error.status_code})")

    def unreachable(self, error: OSError) -> GrafanaError:
        """Return what to say where Grafana did not answer."""
        # The client library raises answers that are no JSON as OSError too.
        if isinstance(error, ValueError):
            return GrafanaError(f"{self.url} does not answer as Grafana does: check --url")
        return GrafanaError(
            f"Grafana at {self.url} cannot be reached ({type(error).__name__}): check --url and "
            "that it runs"
        )


def _connect(url: str, token: str) -> GrafanaFace:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in ("http", "https") or not parts.hostname or port == -1 or parts.username:
        raise GrafanaError(f"--url {url}: expected http(s)://HOST[:PORT][/PATH]")
    if not token or not token.isascii() or any(char.isspace() for char in token):
        raise GrafanaError("the token is empty or holds spaces: copy it again from Grafana")
    prefix = parts.path.strip("/")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    face = GrafanaFace(
        auth=token,
        host=host,
        port=port,
        url_path_prefix=f"{prefix}/" if prefix else "",
        protocol=parts.scheme,
        timeout=TIMEOUT_S,
    )
    # A redirect would turn each POST into a GET, and nothing would be saved.
    face.api.s.hooks["response"].append(partial(_refuse_redirect, url))
    face.api.s.trust_env = not is_loopback(parts.hostname)
    return face


def _refuse_redirect(url: str, response: Any, **_options: Any) -> None:
    """Raise GrafanaError where the server sends its clients to another address."""
    if not response.is_redirect:
        return
    target = urljoin(response.url, response.headers["Location"])
    root = target.partition("/api/")[0].partition("/login")[0]
    raise GrafanaError(f"--url {url} redirects to {root}: give that one as --url")


def _told(response: dict[str, Any]) -> str:
    """Return the message of an answer, of a failed query what the datasource said."""
    results = response.get("results")
    failed = [
        str(result["error"])
        for result in (results.values() if isinstance(results, dict) else ())
        if isinstance(result, dict) and result.get("error")
    ]
    return "; ".join(failed) or str(response.get("message", ""))


def _reason(error: GrafanaException) -> str:
    response = error.response
    text = _told(response) if isinstance(response, dict) else str(response)
    return " ".join(str(text).split())[:300] or "no reason given"

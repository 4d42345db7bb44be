"""Which proxy of the environment a URL is reached through; what listens here never is."""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass

from schemas.http.address import is_http_address
from schemas.settings.section import SettingsError

_SCHEME_OF: Final = {"ws": "http", "wss": "https"}
"""A WebSocket goes through the proxy of the request that it begins as."""
_OURS: Final = ("127.0.0.1", "::1", "localhost")


def proxy_of(url: str) -> str | None:
    """Return the proxy for `url`, None where it is reached directly.

    127.0.0.1, ::1 and localhost, on which everything of wallwatch listens, always are. Other
    addresses of 127.0.0.0/8 lead to what somebody has put there, such as a venue behind a tunnel:
    they obey the environment, and NO_PROXY excepts them.

    Reads HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY in either case, as curl does: lower case
    wins. The same answer serves REST and WebSocket. Raises SettingsError for a proxy that is not an
    http:// or https:// address: the HTTP client would fail on it with a traceback.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if _is_ours(host):
        return None
    proxies = getproxies_environment()
    if proxy_bypass(host):
        return None
    scheme = _SCHEME_OF.get(parts.scheme, parts.scheme)
    proxy = proxies.get(scheme) or proxies.get("all")
    if proxy and "://" not in proxy:
        proxy = f"http://{proxy}"
    if proxy and not is_http_address(proxy):
        # Without the value: it may hold a password.
        name = scheme if proxies.get(scheme) else "all"
        raise SettingsError(
            f"{name}_proxy is not http://HOST:PORT or https://HOST:PORT: correct or unset it"
        )
    return proxy or None


def _is_ours(host: str) -> bool:
    return host in _OURS or host.endswith(".localhost")


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine itself."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

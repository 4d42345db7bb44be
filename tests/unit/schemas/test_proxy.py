"""Which proxy a URL is reached through."""

from __future__ import annotations

import pytest

from schemas.http.proxy import proxy_of
from schemas.settings.section import SettingsError

VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
PROXY = "http://proxy.test:3128"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("variable", "urls"),
    [
        ("http_proxy", ["http://venue.test/x", "ws://venue.test:80/ws"]),
        ("https_proxy", ["https://venue.test/x", "wss://venue.test/ws"]),
        ("all_proxy", ["https://venue.test/x", "ws://venue.test/ws", "http://10.0.0.1"]),
    ],
)
@pytest.mark.parametrize("upper", [False, True])
def test_rest_and_websocket_take_the_same_way(
    monkeypatch: pytest.MonkeyPatch, variable: str, urls: list[str], upper: bool
) -> None:
    monkeypatch.setenv(variable.upper() if upper else variable, PROXY)
    assert [proxy_of(url) for url in urls] == [PROXY] * len(urls)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "x.localhost", "LOCALHOST"])
def test_loopback_is_reached_directly(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, PROXY)
    for scheme in ("http", "https", "ws", "wss"):
        assert proxy_of(f"{scheme}://{host}:8080/x") is None


def test_what_somebody_put_on_another_loopback_address_obeys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing of wallwatch listens there; it may be a venue that a tunnel leads to."""
    monkeypatch.setenv("http_proxy", PROXY)
    assert proxy_of("http://127.0.0.2:9999/x") == proxy_of("ws://127.0.0.2:9999/ws") == PROXY
    monkeypatch.setenv("no_proxy", "127.0.0.2")
    assert proxy_of("http://127.0.0.2:9999/x") is None


def test_exceptions_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("all_proxy", PROXY)
    monkeypatch.setenv("NO_PROXY", "venue.test,.example")
    assert proxy_of("wss://venue.test/ws") is None
    assert proxy_of("https://a.example/") is None
    assert proxy_of("https://other.test/") == PROXY
    monkeypatch.setenv("no_proxy", "*")
    assert proxy_of("https://other.test/") is None


def test_a_proxy_without_a_scheme_is_an_http_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "proxy.test:3128")
    assert proxy_of("https://venue.test/") == PROXY


@pytest.mark.parametrize(
    "proxy",
    [
        "foo://x",
        "socks5://127.0.0.1:1080",
        "http://",
        "http://[::",
        "http://h:abc",
        "http://h:99999",
    ],
)
@pytest.mark.parametrize("variable", ["https_proxy", "all_proxy"])
def test_a_proxy_that_cannot_be_used_is_refused_by_the_name_of_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, proxy: str
) -> None:
    monkeypatch.setenv(variable, proxy)
    with pytest.raises(SettingsError, match=f"^{variable} is not http://HOST:PORT"):
        proxy_of("wss://venue.test/ws")
    assert proxy_of("ws://127.0.0.1/ws") is None

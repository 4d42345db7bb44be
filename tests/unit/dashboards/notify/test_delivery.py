"""What keeps a notification from being sent is told, and ends nothing."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import SecretStr, ValidationError

from dashboards.notify.delivery import Delivery
from schemas.settings import DeliverySettings


async def test_a_proxy_that_cannot_be_used_is_told_and_the_next_is_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Many people have ALL_PROXY=socks5://... in their environment."""
    for name in ("http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")
    monkeypatch.setenv("all_proxy", "socks5://127.0.0.1:1080")
    settings = DeliverySettings(url=SecretStr("http://hook.test/secret"), attempts=1)
    delivery = Delivery(settings, "alerts.channels.desk")
    delivery.start()
    try:
        for number in range(2):
            delivery.put({"number": number})
        for _ in range(1_000):
            if delivery.status()["failed"] == 2:
                break
            await asyncio.sleep(0.01)
    finally:
        await delivery.stop()
    assert delivery.status()["failed"] == 2
    assert delivery.status()["last_error"] == (
        "all_proxy is not http://HOST:PORT or https://HOST:PORT: correct or unset it"
    )


@pytest.mark.parametrize("url", ["http://", "http://[::", "https:///path", "http://host:port/"])
def test_an_address_without_a_host_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ValidationError, match="name a host"):
        DeliverySettings(url=SecretStr(url))

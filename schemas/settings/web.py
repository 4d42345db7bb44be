"""The live page, the HTTP API and the notifications."""

from __future__ import annotations

from pydantic import Field, SecretStr

from schemas.settings.section import Section
from schemas.settings.telling.delivery import DeliverySettings


class WebSettings(Section):
    """The live page and the HTTP API."""

    host: str = "127.0.0.1"
    port: int = Field(0, ge=0, le=65_535)
    """0: a free port."""
    allowed_hosts: tuple[str, ...] = ()
    """Names under which a page on loopback answers besides those of loopback itself: that of a
    reverse proxy on this machine."""
    stack_pid: int | None = None
    """Process whose tree is summed for the memory figure; None: this process alone."""
    token: SecretStr = SecretStr("")
    """What a request that changes something must present; empty: nothing can be changed."""


class NotifySettings(DeliverySettings):
    """Alerts of the engine to a webhook."""

    min_level: str = Field("HIGH", pattern="^(WATCH|HIGH|CRITICAL)$")
    rules: tuple[str, ...] = ("trap", "chain", "swan", "feed", "cross")
    cooldown_s: float = Field(60.0, ge=0, le=86_400)
    """One notification of a rule and symbol in this time, unless the level rises."""
    lookback_s: float = Field(60.0, ge=1, le=3_600)
    """After a start, alerts that were received up to this long ago are still told."""
    poll_s: float = Field(1.0, ge=0.1, le=60)

"""The live page, the HTTP API and the notifications."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, SecretStr, model_validator

from schemas.settings.section import Section


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


class NotifyFormat(StrEnum):
    """Body of a notification."""

    JSON = "json"
    TELEGRAM = "telegram"


class NotifySettings(Section):
    """Alerts to a webhook."""

    url: SecretStr = SecretStr("")
    """http(s)://..., where alerts are posted; empty: nowhere. Secret, as it often holds a token."""
    format: NotifyFormat = NotifyFormat.JSON
    telegram_chat: str = ""
    """Chat that a Telegram bot writes to; its url is https://api.telegram.org/bot.../sendMessage"""
    min_level: str = Field("HIGH", pattern="^(WATCH|HIGH|CRITICAL)$")
    rules: tuple[str, ...] = ("trap", "chain", "swan", "feed")
    cooldown_s: float = Field(60.0, ge=0, le=86_400)
    """One notification of a rule and symbol in this time, unless the level rises."""
    lookback_s: float = Field(60.0, ge=1, le=3_600)
    """After a start, alerts that were received up to this long ago are still told."""
    poll_s: float = Field(1.0, ge=0.1, le=60)
    timeout_s: float = Field(5.0, gt=0, le=60)
    attempts: int = Field(6, ge=1, le=20)
    backoff_s: float = Field(1.0, ge=0.01, le=60)
    """Wait after the first failure; doubled after each, up to a minute."""

    @model_validator(mode="after")
    def _complete(self) -> NotifySettings:
        url = self.url.get_secret_value()
        if url and not url.startswith(("http://", "https://")):
            raise ValueError("notify.url must start with http:// or https://")
        if url and self.format is NotifyFormat.TELEGRAM and not self.telegram_chat:
            raise ValueError("notify.format telegram needs notify.telegram_chat")
        return self

"""How something is told to a webhook."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, SecretStr, model_validator

from schemas.http.address import is_http_address
from schemas.settings.section import Section


class NotifyFormat(StrEnum):
    """Body of a notification."""

    JSON = "json"
    TELEGRAM = "telegram"
    SLACK = "slack"
    DISCORD = "discord"


class DeliverySettings(Section):
    """One receiver and how long it is tried."""

    url: SecretStr = SecretStr("")
    """http(s)://..., where alerts are posted; empty: nowhere. Secret, as it often holds a token."""
    format: NotifyFormat = NotifyFormat.JSON
    telegram_chat: str = ""
    """Chat that a Telegram bot writes to; its url is https://api.telegram.org/bot.../sendMessage"""
    timeout_s: float = Field(5.0, gt=0, le=60)
    attempts: int = Field(6, ge=1, le=20)
    backoff_s: float = Field(1.0, ge=0.01, le=60)
    """Wait after the first failure; doubled after each, up to a minute."""

    @model_validator(mode="after")
    def _complete(self) -> DeliverySettings:
        url = self.url.get_secret_value()
        if url and not is_http_address(url):
            raise ValueError("url must start with http:// or https:// and name a host")
        if url and self.format is NotifyFormat.TELEGRAM and not self.telegram_chat:
            raise ValueError("format telegram needs telegram_chat")
        return self

"""The body of a notification: generic JSON, or a message of a chat. Pure.

Sources: https://core.telegram.org/bots/api#sendmessage,
https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks,
https://discord.com/developers/docs/resources/webhook#execute-webhook
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final

from dashboards.notify.gate import Notification
from schemas.settings import DeliverySettings, NotifyFormat

TELEGRAM_LIMIT: Final = 4_096
DISCORD_LIMIT: Final = 2_000
SLACK_LIMIT: Final = 40_000
"""Most characters of a message."""


def body(notification: Notification, settings: DeliverySettings) -> dict[str, Any]:
    """Return the JSON object to post."""
    if settings.format is not NotifyFormat.JSON:
        return chat_body(text(notification), settings)
    alert = notification.alert
    return {
        "event_id": alert["event_id"],
        "time": _iso(alert["event_time"]),
        "venue": alert["venue"],
        "symbol": alert["symbol"],
        "rule": alert["rule"],
        "level": alert["level"],
        "message": alert["message"],
        "evidence": json.loads(alert["evidence"]),
        "held_back": notification.held_back,
    }


def chat_body(words: str, settings: DeliverySettings) -> dict[str, Any]:
    """Return words as the chat of a format other than JSON takes them."""
    if settings.format is NotifyFormat.TELEGRAM:
        return {
            "chat_id": settings.telegram_chat,
            "text": words[:TELEGRAM_LIMIT],
            "disable_web_page_preview": True,
        }
    if settings.format is NotifyFormat.DISCORD:
        # Names of people and roles in the text ping nobody.
        return {"content": words[:DISCORD_LIMIT], "allowed_mentions": {"parse": []}}
    return {"text": words[:SLACK_LIMIT]}


def text(notification: Notification) -> str:
    """Return the alert as plain text."""
    alert = notification.alert
    lines = [
        f"{alert['level']} {alert['rule']} {alert['symbol']} ({alert['venue']})",
        alert["message"],
        _iso(alert["event_time"]),
    ]
    if notification.held_back:
        lines.append(f"{notification.held_back} more of this kind were held back before")
    return "\n".join(lines)


def _iso(time_ms: int) -> str:
    moment = datetime.fromtimestamp(time_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

"""The body of a notification: generic JSON, or a message of Telegram's Bot API. Pure.

Source of the Telegram form: https://core.telegram.org/bots/api#sendmessage
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final

from dashboards.notify.gate import Notification
from schemas.settings import NotifyFormat, NotifySettings

TELEGRAM_LIMIT: Final = 4_096
"""Most characters of a Telegram message."""


def body(notification: Notification, settings: NotifySettings) -> dict[str, Any]:
    """Return the JSON object to post."""
    if settings.format is NotifyFormat.TELEGRAM:
        return {
            "chat_id": settings.telegram_chat,
            "text": text(notification)[:TELEGRAM_LIMIT],
            "disable_web_page_preview": True,
        }
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

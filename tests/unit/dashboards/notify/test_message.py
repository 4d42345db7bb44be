"""The bodies that are posted."""

from typing import Any

from dashboards.notify.gate import Notification
from dashboards.notify.message import TELEGRAM_LIMIT, body
from schemas.settings import NotifyFormat, NotifySettings

ALERT: dict[str, Any] = {
    "event_id": "trap:1",
    "event_time": 1_723_161_256_500,
    "venue": "binance_usdm",
    "symbol": "BTCUSDT",
    "rule": "trap",
    "level": "HIGH",
    "message": "bull trap: a bid of 9,000,000 USD at 60000.5 was pulled after 900 ms",
    "evidence": '{"kind":"bull"}',
}
TELEGRAM = NotifySettings(format=NotifyFormat.TELEGRAM, telegram_chat="-100")


def test_generic_json_holds_everything() -> None:
    assert body(Notification(ALERT, 3), NotifySettings()) == {
        "event_id": "trap:1",
        "time": "2024-08-08T23:54:16.500Z",
        "venue": "binance_usdm",
        "symbol": "BTCUSDT",
        "rule": "trap",
        "level": "HIGH",
        "message": ALERT["message"],
        "evidence": {"kind": "bull"},
        "held_back": 3,
    }


def test_telegram_is_plain_text_for_a_chat() -> None:
    message = body(Notification(ALERT, 0), TELEGRAM)
    assert message["chat_id"] == "-100"
    assert message["text"].splitlines() == [
        "HIGH trap BTCUSDT (binance_usdm)",
        ALERT["message"],
        "2024-08-08T23:54:16.500Z",
    ]
    assert "parse_mode" not in message
    assert "3 more of this kind" in body(Notification(ALERT, 3), TELEGRAM)["text"]


def test_telegram_is_cut_at_its_limit() -> None:
    long = {**ALERT, "message": "x" * 5_000}
    assert len(body(Notification(long, 0), TELEGRAM)["text"]) == TELEGRAM_LIMIT

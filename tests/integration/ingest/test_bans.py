"""What the venue's stop signs do to ingest, over real sockets."""

import time
from dataclasses import replace
from pathlib import Path

from ingest.exchange.config import ExchangeConfig
from ingest.exchange.faults import NoFaults, RestCall, RestReply
from ingest.rest_api.ban_file import BanFile
from schemas.market import DepthSnapshot, Trades
from schemas.settings import IngestSettings
from tests.support.ingesting.sessions import live_session
from tests.support.servers.exchange import Running, running

SYMBOLS = ("BTCUSDT", "ETHUSDT")
BAN_S = 3


class RefusedOnce(NoFaults):
    """Answers the first request with a stop sign."""

    def __init__(self, status: int, headers: dict[str, str]) -> None:
        self._status = status
        self._headers = headers
        self.asked_s: list[float] = []

    async def rest(self, call: RestCall, reply: RestReply) -> RestReply:
        self.asked_s.append(time.monotonic())
        if len(self.asked_s) > 1:
            return reply
        return replace(reply, status=self._status, body=b"{}", headers=self._headers)


def settings_for(exchange: Running, folder: Path, **values: object) -> IngestSettings:
    urls = {key: exchange.ready[key] for key in ("websocket_url", "rest_url")}
    return IngestSettings.model_validate(
        {"symbols": SYMBOLS, "state_dir": folder, **urls, **values}
    )


async def test_a_ban_holds_over_a_restart_while_trades_go_on(tmp_path: Path) -> None:
    faults = RefusedOnce(418, {"Retry-After": str(BAN_S)})
    async with running(ExchangeConfig(symbols=SYMBOLS), faults) as exchange:
        settings = settings_for(exchange, tmp_path)
        async with live_session(settings) as first:
            await first.until(lambda: BanFile(tmp_path, settings.rest_url).remaining_s() > 0)
        asked = len(faults.asked_s)
        async with live_session(settings) as second:
            await second.until(lambda: bool(second.outlet.of("BTCUSDT", Trades)))
            assert len(faults.asked_s) == asked
            await second.until(lambda: bool(second.outlet.of("BTCUSDT", DepthSnapshot)))
            await second.until(lambda: bool(second.outlet.of("ETHUSDT", DepthSnapshot)))
    # The second request may have been under way with the first.
    assert asked <= 2
    waited_s = faults.asked_s[asked] - faults.asked_s[0]
    assert BAN_S - 0.1 <= waited_s < BAN_S + 1.5
    assert (first.report["http_418"], second.report["http_418"]) == (1, 0)


async def test_after_a_403_nothing_leaves_for_a_minute_of_the_venue(tmp_path: Path) -> None:
    faults, minute_s = RefusedOnce(403, {}), 2.0
    async with running(ExchangeConfig(symbols=SYMBOLS), faults) as exchange:
        settings = settings_for(exchange, tmp_path, weight_window_s=minute_s)
        async with live_session(settings) as live:
            await live.until(lambda: not live.session.books_waiting)
    first, *others = faults.asked_s
    # One more request may have been under way with the first.
    waits_s = [asked - first for asked in others if asked - first > 0.5]
    assert len(others) - len(waits_s) <= 1
    assert minute_s - 0.1 <= waits_s[0] < minute_s + 1.5
    assert live.report["http_403"] == 1


async def test_what_others_spend_on_the_address_holds_back_our_requests(tmp_path: Path) -> None:
    # Ours may use 100 of the 200 a minute; somebody else has used most of them already.
    async with running(ExchangeConfig(symbols=SYMBOLS, weight_limit=200)) as exchange:
        for _ in range(8):
            status, _, _ = await exchange.get("/fapi/v1/aggTrades", symbol="BTCUSDT", limit="1")
            assert status == 200
        settings = settings_for(exchange, tmp_path, weight_per_minute=200)
        async with live_session(settings) as live:
            # The first answer tells what is used; the other book waits for the next minute.
            await live.until(lambda: len(live.session.books_waiting) < len(SYMBOLS))
            frames = live.session.market.intake.frames["DepthUpdate"]
            await live.until(lambda: live.session.market.intake.frames["DepthUpdate"] > frames + 40)
        status_page = await exchange.status()
    assert status_page["rest"]["/fapi/v1/depth"]["calls"] <= 2
    assert (status_page["http_429"], status_page["http_418"]) == (0, 0)

"""Faults from a file and over the control port of a running exchange."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ingest.exchange.config import ExchangeConfig
from ingest.exchange.control import BOOK_PATH, FAULTS_PATH
from ingest.exchange.faults.scenario import load_scenario
from tests.support.servers.exchange import Running, running

CONFIG = ExchangeConfig(symbols=("BTCUSDT", "ETHUSDT"), speed=5, journal_steps=100)


async def post(exchange: Running, body: bytes) -> tuple[int, dict[str, Any]]:
    url = exchange.ready["rest_url"] + FAULTS_PATH
    async with exchange.session.post(url, data=body) as answer:
        return answer.status, await answer.json()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "faults: not JSON"),
        (b'{"faults":[{"kind":"drop","count":-1}]}', "faults: faults[0].count: "),
        (b'{"faults":[{"kind":"drop","after_s":1e400}]}', "faults: "),
        (b'{"faults":[{"kind":"drop","after_s":"inf"}]}', "faults: faults[0].after_s: "),
        (b'{"faults":[{"kind":"drop","symbol":"BTCUSD"}]}', "fault drop: unknown symbol BTCUSD"),
        (b'{"faults":[{"kind":"list","symbol":"FOO"}]}', "symbol FOO: not in the simulated"),
    ],
)
async def test_a_wrong_request_names_the_mistake_and_changes_nothing(
    body: bytes, message: str
) -> None:
    async with running(CONFIG) as exchange:
        status, answer = await post(exchange, body)
        assert (await exchange.status())["faults"] == []
    assert status == 400
    assert answer["error"].startswith(message)


async def test_a_symbol_is_delisted_and_another_listed() -> None:
    faults = b'{"faults":[{"kind":"delist","symbol":"BTCUSDT"},{"kind":"list","symbol":"SOLUSDT"}]}'
    async with running(CONFIG) as exchange:
        assert (await exchange.get("/fapi/v1/depth", symbol="SOLUSDT", limit=5))[0] == 400
        assert (await post(exchange, faults))[0] == 200
        _, info, _ = await exchange.get("/fapi/v1/exchangeInfo")
        _, gone, _ = await exchange.get("/fapi/v1/depth", symbol="BTCUSDT", limit=5)
        status, new, _ = await exchange.get("/fapi/v1/depth", symbol="SOLUSDT", limit=5)
    states = {entry["symbol"]: entry["status"] for entry in info["symbols"]}
    assert states == {"BTCUSDT": "SETTLING", "ETHUSDT": "TRADING", "SOLUSDT": "TRADING"}
    assert gone["code"] == -4108
    assert (status, len(new["bids"])) == (200, 5)


async def test_the_book_is_shown_whole_with_the_best_levels_of_its_past() -> None:
    async with running(CONFIG) as exchange:
        _, book, _ = await exchange.get(BOOK_PATH, symbol="ETHUSDT")
        assert (await exchange.get(BOOK_PATH, symbol="NONE"))[0] == 404
    bid, ask = max(book["bids"]), min(book["asks"])
    assert book["best"][-1] == [book["last_update_id"], *bid, *ask]
    assert len(book["bids"]) > 1_000


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (
            {"kind": "cut", "route": "spot"},
            "unknown route spot; this exchange has market, private, public",
        ),
        ({"kind": "aligned_snapshot", "stream": "aggTrade"}, "aggTrade is not a depth stream"),
        ({"kind": "drop", "symbol": "NONE"}, "unknown symbol NONE"),
    ],
)
async def test_what_this_exchange_does_not_have_is_refused(fault: dict[str, str], why: str) -> None:
    async with running(CONFIG) as exchange:
        status, answer = await post(exchange, json.dumps({"faults": [fault]}).encode())
        assert status == 400
        assert why in answer["error"]
        assert (await exchange.status())["faults"] == []


async def test_a_file_takes_effect_from_the_start(tmp_path: Path) -> None:
    path = tmp_path / "faults.toml"
    path.write_text('[[faults]]\nkind = "maintenance"\nduration_s = 60\n')
    config = CONFIG.model_copy(update={"faults": load_scenario(path)})
    async with running(config) as exchange:
        status = await exchange.status()
        async with exchange.session.get(exchange.ready["rest_url"] + "/fapi/v1/time") as answer:
            assert answer.status == 503
    assert [(fault["kind"], fault["state"]) for fault in status["faults"]] == [
        ("maintenance", "active")
    ]


def test_the_command_line_names_what_is_wrong_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    path.write_text(json.dumps({"faults": [{"kind": "silent_stream", "symbol": "BTCUSDT"}]}))
    for command in ("up", "exchange"):
        done = subprocess.run(
            [sys.executable, "-m", "compose.cli", command, "--faults", path],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode != 0
        assert "faults[0].duration_s: is missing" in done.stderr
        assert "Traceback" not in done.stderr

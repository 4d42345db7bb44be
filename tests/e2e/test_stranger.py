"""What a stranger does in the first minutes of a demo, with what `up` prints and nothing else.

The store is asked by curl and by the notebook, an agent asks, a rule tells its webhook of a wall.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pytest
from mcp import Client, StdioServerParameters
from pyarrow import parquet

from compose.stack.service_child import WALLWATCH
from tests.e2e.stack import RunningStack, clean_environment, get_json, until, wallwatch_up
from tests.support.reading.notebook import cells

DEADLINE_S: Final = 90
TOKEN: Final = "of this test"
NOBODY: Final = dict.fromkeys(("http_proxy", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
"""A proxy where nobody listens: commands reach loopback without it."""
RULES: Final = """
[[alerts.rules]]
name = "btc wall"
on = "wall_appears"
symbols = ["BTCUSDT"]
min_usd = 1_000_000
channels = ["desk"]

[alerts.channels.desk]
url = "{url}/desk"
"""


@dataclass
class Stranger:
    """A demo with a rule, and the receiver that the rule names."""

    stack: RunningStack
    rules: Path
    told: list[dict[str, Any]] = field(default_factory=list)

    def printed(self, pattern: str) -> str:
        """Return what `up` printed."""

        def shown() -> str | None:
            found = re.search(pattern, self.stack.said)
            return found[1] if found else None

        return until(shown, DEADLINE_S, lambda: self.stack.said)

    @property
    def page(self) -> str:
        """Root of the page."""
        return self.stack.page(DEADLINE_S)

    @property
    def sql(self) -> str:
        """Address of the store."""
        return self.printed(r"SQL:\s+(http://\S+)")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stranger]:
    """One demo for the tests of this file."""
    folder = tmp_path_factory.mktemp("stranger")
    told: list[dict[str, Any]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as hook:
        threading.Thread(target=hook.serve_forever, daemon=True).start()
        rules = folder / "wallwatch.toml"
        rules.write_text(RULES.format(url=f"http://127.0.0.1:{hook.server_port}"))
        arguments = ("--demo", "--config", str(rules))
        with wallwatch_up(*arguments, cwd=folder, WEB__TOKEN=TOKEN) as stack:
            yield Stranger(stack, rules, told)
        hook.shutdown()


def put(url: str, body: str) -> tuple[int, str]:
    """Send a body with the token; return status and answer."""
    request = urllib.request.Request(url, body.encode(), method="PUT")
    request.add_header("Authorization", f"Bearer {TOKEN}")
    request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def wallwatch(*arguments: str) -> str:
    """Run a command and return what it writes."""
    done = subprocess.run(
        [*WALLWATCH, *arguments],
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        env=clean_environment() | NOBODY,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_curl_and_commands_ask_the_address_that_is_printed(
    stranger: Stranger, tmp_path: Path
) -> None:
    query = "SELECT count() FROM large_orders WHERE symbol = {s:String}"
    ask = ["curl", "--silent", "--show-error", "--fail-with-body", "--noproxy", "*"]

    answers: list[str] = []

    def is_counted() -> bool:
        address = f"{stranger.sql}/?param_s=BTCUSDT"
        done = subprocess.run(
            [*ask, address, "-d", query], capture_output=True, text=True, timeout=30, check=False
        )
        answers.append(done.stdout + done.stderr)
        return done.returncode == 0 and int(done.stdout) > 0

    until(is_counted, DEADLINE_S, lambda: answers[-1])
    by_command = wallwatch(
        "sql", query, "-p", "s=BTCUSDT", "--format", "TSV", "--url", stranger.sql
    )
    assert int(by_command) >= 1
    out = tmp_path / "walls.parquet"
    wallwatch("export", "large_orders", "--out", str(out), "--url", stranger.sql)
    assert parquet.read_table(out).num_rows >= 1


def test_the_notebook_runs_at_the_addresses_that_are_printed(stranger: Stranger) -> None:
    broker = stranger.printed(r"broker: .* at (\S+)")
    status = f"{stranger.page}/api/v1/large-orders/status"
    until(lambda: get_json(status)["symbols"], DEADLINE_S, lambda: stranger.stack.said)
    names: dict[str, Any] = {}
    for cell in cells(stranger.page, broker):
        exec(cell, names)
    assert len(names["events"]) == 3


def test_a_rule_tells_its_webhook_is_previewed_and_judged(stranger: Stranger) -> None:
    page = stranger.page
    first = until(lambda: stranger.told[:1], DEADLINE_S, lambda: stranger.stack.said)[0]
    assert (first["rule"], first["symbol"]) == ("btc wall", "BTCUSDT")
    assert "USD" in first["message"]
    preview = ("alerts", "preview", "btc wall", "--last", "1h", "--page", page)
    said = wallwatch(*preview, "--config", str(stranger.rules))
    assert re.match(r"btc wall: [1-9]\d* alerts? between", said)
    assert "BTCUSDT" in said.splitlines()[-1]
    fired = get_json(f"{page}/api/v1/alerts/fired")["firings"][-1]
    assert fired["event_id"] == first["event_id"]
    assert put(f"{page}/api/v1/alerts/fired/{fired['id']}/mark", '{"mark": "right"}')[0] == 200
    [rule] = get_json(f"{page}/api/v1/alerts/rules")["rules"]
    assert (rule["right"], rule["wrong"], rule["precision"]) == (1, 0, 1.0)


async def test_an_agent_lists_the_tools_and_the_symbols(stranger: Stranger) -> None:
    command, *arguments = (*WALLWATCH, "mcp", "--url", stranger.page)
    assert command == sys.executable
    agent = StdioServerParameters(command=command, args=arguments, env=clean_environment() | NOBODY)
    async with Client(agent) as client:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        assert {"list_symbols", "read_walls", "order_story", "scorecard", "sql"} <= tools
        answer = await client.call_tool("list_symbols", {})
    assert not answer.is_error
    assert isinstance(answer.structured_content, dict)
    assert "BTCUSDT" in {one["symbol"] for one in answer.structured_content["symbols"]}


@pytest.mark.parametrize("value", ["1e400", "-1e400", "NaN", "Infinity"])
def test_what_is_not_finite_is_refused_in_a_line_and_harms_nothing(
    stranger: Stranger, value: str
) -> None:
    settings = f"{stranger.page}/api/v1/settings"
    status_url = f"{stranger.page}/api/v1/large-orders/status"

    def is_there() -> bool:
        return "BTCUSDT" in [one["symbol"] for one in get_json(status_url)["symbols"]]

    until(is_there, DEADLINE_S, lambda: stranger.stack.said)
    before = get_json(f"{settings}/engine.threshold")
    for name in ("engine.threshold.floor_usd?symbol=BTCUSDT", "maxLossAmount"):
        status, answer = put(f"{settings}/{name}", value)
        assert status == 422
        assert "finite" in json.loads(answer)["error"]
        assert "\n" not in answer.strip()
    assert get_json(f"{settings}/engine.threshold") == before


def test_ctrl_c_ends_it(stranger: Stranger) -> None:
    stranger.stack.interrupt()
    assert stranger.stack.process.returncode == 0
    assert "Traceback" not in stranger.stack.said

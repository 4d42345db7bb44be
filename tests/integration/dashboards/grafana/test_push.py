"""`wallwatch dashboards push` against a strict fake: over HTTP, with the real client library."""

from __future__ import annotations

import re
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import yaml
from click.testing import CliRunner
from pydantic import SecretStr

from compose.commands.dashboards import command
from compose.errors import UserError
from dashboards.grafana.connection import GrafanaError
from dashboards.grafana.generate import FOLDER
from dashboards.grafana.publish import publish, shipped_boards
from dashboards.panels.catalog import BOARDS
from schemas.settings import ClickHouseSettings
from tests.support.servers.fake_grafana import ADMIN_TOKEN, VIEWER_TOKEN, FakeGrafana

STORE = ClickHouseSettings(
    url="http://clickhouse:8123", user="reader", password=SecretStr("secret"), database="wallwatch"
)
PROVISIONED = FOLDER / "provisioning/datasources/wallwatch.yaml"
NOW_MS = 1_700_000_000_000


def test_everything_is_created(grafana: FakeGrafana) -> None:
    published = publish(grafana.url, ADMIN_TOKEN, STORE, lambda: NOW_MS)
    assert published.version == "13.0.1"
    assert not published.updated
    assert set(grafana.folders) == {"wallwatch"}
    assert set(grafana.boards) == {board.uid for board in BOARDS}
    assert set(grafana.board_folders.values()) == {"wallwatch"}
    datasource = grafana.datasources["wallwatch"]
    assert datasource["jsonData"]["host"] == "clickhouse"
    assert datasource["jsonData"]["username"] == "reader"
    assert datasource["secureJsonData"] == {"password": "secret"}
    assert {mark["dashboardUID"] for mark in grafana.annotations} == set(grafana.boards)
    assert all(mark["time"] == NOW_MS for mark in grafana.annotations)


def test_twice_changes_nothing(grafana: FakeGrafana) -> None:
    publish(grafana.url, ADMIN_TOKEN, STORE)
    grafana.requests.clear()
    again = publish(grafana.url, ADMIN_TOKEN, STORE)
    assert again.changed == []
    assert grafana.writes == []
    assert len(again.unchanged) == len(BOARDS) + 2


def test_a_board_that_was_edited_is_restored_and_marked(grafana: FakeGrafana) -> None:
    publish(grafana.url, ADMIN_TOKEN, STORE)
    grafana.boards["wallwatch-flow"]["panels"][0]["title"] = "Mine"
    grafana.annotations.clear()
    again = publish(grafana.url, ADMIN_TOKEN, STORE)
    assert again.updated == ["board Flow"]
    assert grafana.boards["wallwatch-flow"]["panels"][0]["title"] == "Price"
    assert grafana.boards["wallwatch-flow"]["version"] == 3
    assert grafana.messages["wallwatch-flow"] == ["", *["wallwatch dashboards push"] * 2]
    assert [mark["dashboardUID"] for mark in grafana.annotations] == ["wallwatch-flow"]


def test_a_board_in_another_folder_is_moved(grafana: FakeGrafana) -> None:
    publish(grafana.url, ADMIN_TOKEN, STORE)
    grafana.board_folders["wallwatch-flow"] = ""
    publish(grafana.url, ADMIN_TOKEN, STORE)
    assert grafana.board_folders["wallwatch-flow"] == "wallwatch"


def test_a_present_datasource_is_left_alone(grafana: FakeGrafana) -> None:
    mine = {"uid": "wallwatch", "type": "grafana-clickhouse-datasource", "name": "mine"}
    grafana.datasources["wallwatch"] = mine
    embedded = ClickHouseSettings(url="chdb:/somewhere")
    publish(grafana.url, ADMIN_TOKEN, embedded)
    assert grafana.datasources == {"wallwatch": mine}


def test_a_save_that_somebody_overtook_is_tried_again_once(grafana: FakeGrafana) -> None:
    grafana.conflicts = 1
    publish(grafana.url, ADMIN_TOKEN, STORE)
    assert set(grafana.boards) == {board.uid for board in BOARDS}
    grafana.boards["wallwatch-flow"]["title"] = "Mine"
    grafana.conflicts = 2
    with pytest.raises(GrafanaError, match=r"could not save the board Flow.*changed by someone"):
        publish(grafana.url, ADMIN_TOKEN, STORE)


def test_a_folder_that_appears_meanwhile_is_used(grafana: FakeGrafana) -> None:
    grafana.folder_race = True
    publish(grafana.url, ADMIN_TOKEN, STORE)
    assert set(grafana.boards) == {board.uid for board in BOARDS}


def test_a_folder_that_provisioning_made_is_used(grafana: FakeGrafana) -> None:
    """Alert rules name theirs by title: Grafana chooses its uid, and a second would be made."""
    grafana.folders["other"] = {"uid": "other", "title": "wallwatch"}
    publish(grafana.url, ADMIN_TOKEN, STORE)
    assert set(grafana.folders) == {"other"}
    assert set(grafana.board_folders.values()) == {"other"}


def test_the_first_version_of_a_board_says_where_it_comes_from(grafana: FakeGrafana) -> None:
    publish(grafana.url, ADMIN_TOKEN, STORE)
    assert {messages[-1] for messages in grafana.messages.values()} == {"wallwatch dashboards push"}
    assert all(board["version"] == 2 for board in grafana.boards.values())


def test_versions_that_are_not_told_stop_nothing(grafana: FakeGrafana) -> None:
    grafana.tells_versions = False
    assert len(publish(grafana.url, ADMIN_TOKEN, STORE).created) >= len(BOARDS)


def test_a_query_ends_before_the_reader_is_cut_off(grafana: FakeGrafana) -> None:
    publish(grafana.url, ADMIN_TOKEN, STORE)
    [provisioned] = yaml.safe_load(PROVISIONED.read_text(encoding="utf-8"))["datasources"]
    assert grafana.datasources["wallwatch"]["jsonData"]["queryTimeout"] == "30"
    assert provisioned["jsonData"]["queryTimeout"] == "30"


def test_it_ends_with_a_query_of_a_board(grafana: FakeGrafana) -> None:
    published = publish(grafana.url, ADMIN_TOKEN, STORE)
    assert published.works == [
        "datasource wallwatch: Data source is working",
        "board Large orders, What the large money is doing: 1 row",
    ]
    assert "venue IN ('one') AND symbol IN ('one')" in grafana.queries[-1]
    assert "${" not in grafana.queries[-1]


def test_an_empty_store_is_told(grafana: FakeGrafana) -> None:
    grafana.empty_store = True
    assert "holds no market yet" in publish(grafana.url, ADMIN_TOKEN, STORE).works[-1]


def test_a_store_that_refuses_its_user_is_told(grafana: FakeGrafana) -> None:
    grafana.query_error = "max_execution_time shouldn't be greater than 60"
    with pytest.raises(GrafanaError, match=r"query of a board.*max_execution_time"):
        publish(grafana.url, ADMIN_TOKEN, STORE)
    grafana.health_error = "connection refused"
    with pytest.raises(GrafanaError, match=r"reach the store.*connection refused"):
        publish(grafana.url, ADMIN_TOKEN, STORE)


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("glsa_wrong", r"refused the token: make one"),
        (VIEWER_TOKEN, r"does not allow this token to create the folder.*role Admin"),
        ("two words", r"the token is empty or holds spaces"),
        ("", r"the token is empty or holds spaces"),
    ],
)
def test_a_token_that_does_not_do(grafana: FakeGrafana, token: str, message: str) -> None:
    with pytest.raises(GrafanaError, match=message) as caught:
        publish(grafana.url, token, STORE)
    assert "\n" not in str(caught.value)
    assert not grafana.boards


def test_an_old_version_is_told_and_left_alone(grafana: FakeGrafana) -> None:
    grafana.version = "10.4.2"
    with pytest.raises(GrafanaError, match=r"is version 10\.4\.2, the boards need 11\.0"):
        publish(grafana.url, ADMIN_TOKEN, STORE)
    assert grafana.writes == []


def test_a_missing_plugin_is_told(grafana: FakeGrafana) -> None:
    grafana.has_plugin = False
    with pytest.raises(GrafanaError, match=r"lacks the plugin .*plugins install"):
        publish(grafana.url, ADMIN_TOKEN, STORE)


def test_an_embedded_store_cannot_be_read_by_grafana(grafana: FakeGrafana) -> None:
    with pytest.raises(GrafanaError, match=r"--clickhouse http"):
        publish(grafana.url, ADMIN_TOKEN, ClickHouseSettings(url="chdb:/somewhere"))


def test_an_address_that_is_no_grafana(grafana: FakeGrafana) -> None:
    with pytest.raises(GrafanaError, match=r"does not answer|HTTP 404"):
        publish(grafana.url.removesuffix("/grafana"), ADMIN_TOKEN, STORE)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_an_address_that_redirects_is_told_with_the_right_one(
    grafana: FakeGrafana, status: int
) -> None:
    class Redirecting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Location", grafana.url + self.path)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Say nothing on stderr."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Redirecting) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            with pytest.raises(
                GrafanaError, match=re.escape(f"redirects to {grafana.url}: give that one")
            ):
                publish(f"http://127.0.0.1:{server.server_port}", ADMIN_TOKEN, STORE)
        finally:
            server.shutdown()
            thread.join()
    assert grafana.writes == []


def test_nobody_listens() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(GrafanaError, match=rf"127\.0\.0\.1:{port} cannot be reached"):
        publish(f"http://127.0.0.1:{port}", ADMIN_TOKEN, STORE)


@pytest.mark.parametrize("url", ["grafana:3000", "http://", "http://h:x", "http://u:p@h"])
def test_a_wrong_address(url: str) -> None:
    with pytest.raises(GrafanaError, match=r"expected http"):
        publish(url, ADMIN_TOKEN, STORE)


def test_the_command_tells_what_it_did(grafana: FakeGrafana) -> None:
    arguments = ["push", "--url", grafana.url, "--clickhouse", "http://clickhouse:8123"]
    environment = {"WALLWATCH_GRAFANA_TOKEN": ADMIN_TOKEN}
    first = CliRunner().invoke(command, arguments, env=environment, catch_exceptions=False)
    assert "created board Large orders" in first.output
    second = CliRunner().invoke(command, arguments, env=environment, catch_exceptions=False)
    assert second.output.splitlines() == [
        "datasource wallwatch: Data source is working",
        "board Large orders, What the large money is doing: 1 row",
        f"Grafana 13.0.1 at {grafana.url}: 0 changed, {len(shipped_boards()) + 2} unchanged",
    ]
    with pytest.raises(UserError, match="refused the token"):
        CliRunner().invoke(command, [*arguments, "--token", "wrong"], catch_exceptions=False)

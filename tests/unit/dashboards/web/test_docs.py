"""docs/api.md names what there is: every path, setting, parameter and the CSV header."""

from __future__ import annotations

import re
import tomllib
from urllib.parse import parse_qsl, urlsplit

import pytest

from dashboards.panels.catalog import PANEL_OF
from dashboards.web.api.export import HEADER
from dashboards.web.app import create_app
from schemas.settings import ClickHouseSettings, Settings
from schemas.status import PipelineStatus
from tests.support.paths import REPOSITORY

TEXT = (REPOSITORY / "docs" / "api.md").read_text(encoding="utf-8")
CALLS = re.findall(r"'localhost:8080(/[^']*)'", TEXT)


async def no_status() -> PipelineStatus:
    return PipelineStatus()


@pytest.fixture
def routed() -> dict[str, set[str]]:
    """Methods of every path that is served; nothing is connected to."""
    app = create_app(Settings(clickhouse=ClickHouseSettings(url="http://127.0.0.1:9")), no_status)
    found: dict[str, set[str]] = {}
    for route in app.router.routes():
        if route.resource is not None:
            found.setdefault(route.resource.canonical, set()).add(route.method)
    return found


def test_every_documented_endpoint_exists(routed: dict[str, set[str]]) -> None:
    listed = re.findall(r"^\| `(GET|PUT) (/\S+)` \|", TEXT, re.MULTILINE)
    assert len(listed) >= 16
    for method, path in listed:
        assert method in routed.get(path, set()), (method, path)


def test_every_endpoint_is_documented(routed: dict[str, set[str]]) -> None:
    api = {path for path in routed if path.startswith("/api/v1/")}
    absent_fields = {path for path in api if f"`{path}`" not in TEXT and f" {path}`" not in TEXT}
    assert absent_fields <= {"/api/v1/large-orders/stream"}


def test_the_calls_name_panels_and_paths_that_there_are(routed: dict[str, set[str]]) -> None:
    assert len(CALLS) >= 7
    for call in CALLS:
        url = urlsplit(call)
        templates = [re.sub(r"\{\w+\}", "[^/]+", path) for path in routed]
        assert any(re.fullmatch(template, url.path) for template in templates), call
        if url.path.startswith("/api/v1/panels/"):
            assert url.path.rpartition("/")[2] in PANEL_OF
        for view in dict(parse_qsl(url.query)).get("views", "").split(","):
            if view.startswith("panel:"):
                assert view.removeprefix("panel:").partition("?")[0] in PANEL_OF


def test_the_header_of_the_csv_is_the_one_that_is_written() -> None:
    assert HEADER in TEXT


def test_the_settings_of_notifications_are_accepted() -> None:
    [block] = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    document = tomllib.loads(block)
    Settings.model_validate(document)
    assert set(document) == {"notify"}

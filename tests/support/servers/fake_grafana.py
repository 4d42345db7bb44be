"""A Grafana that answers as strictly as a current one: uid endpoints only, tokens, versions.

It runs in a thread because its client, the `grafana_api` package, blocks.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from aiohttp import web

ADMIN_TOKEN: Final = "glsa_admin"
VIEWER_TOKEN: Final = "glsa_viewer"
START_TIMEOUT_S: Final = 10.0


@dataclass
class FakeGrafana:
    """What it holds, and how it should misbehave."""

    version: str = "13.0.1"
    has_plugin: bool = True
    reformats: bool = True
    """Add fields of its own to what is saved, as Grafana does."""
    conflicts: int = 0
    """So many saves of a board fail because somebody else was faster."""
    folder_race: bool = False
    """The folder appears between the look and its creation."""
    folders: dict[str, dict[str, Any]] = field(default_factory=dict)
    datasources: dict[str, dict[str, Any]] = field(default_factory=dict)
    boards: dict[str, dict[str, Any]] = field(default_factory=dict)
    board_folders: dict[str, str] = field(default_factory=dict)
    messages: dict[str, list[str]] = field(default_factory=dict)
    """Of each version of a board; the first is forgotten, as by Grafana."""
    query_error: str = ""
    """What the store answers to every query of a board; empty: rows."""
    health_error: str = ""
    empty_store: bool = False
    tells_versions: bool = True
    queries: list[str] = field(default_factory=list)
    annotations: list[dict[str, Any]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    url: str = ""

    @property
    def writes(self) -> list[str]:
        """Requests that change something."""
        return [
            request
            for request in self.requests
            if not request.startswith("GET ") and not request.endswith("/ds/query")
        ]

    def app(self) -> web.Application:
        """Return the server's application, below /grafana as behind a proxy."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/grafana/api/health", self._health)
        app.router.add_get("/grafana/api/folders/{uid}", self._get_folder)
        app.router.add_post("/grafana/api/folders", self._create_folder)
        app.router.add_get("/grafana/api/datasources/uid/{uid}", self._get_datasource)
        app.router.add_post("/grafana/api/datasources", self._create_datasource)
        app.router.add_get("/grafana/api/folders", self._list_folders)
        app.router.add_get("/grafana/api/datasources/uid/{uid}/health", self._check_datasource)
        app.router.add_post("/grafana/api/ds/query", self._query)
        app.router.add_get("/grafana/api/dashboards/uid/{uid}/versions", self._versions)
        app.router.add_get("/grafana/api/plugins/{name}/settings", self._plugin)
        app.router.add_get("/grafana/api/dashboards/uid/{uid}", self._get_board)
        app.router.add_post("/grafana/api/dashboards/db", self._save_board)
        app.router.add_post("/grafana/api/annotations", self._annotate)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.requests.append(f"{request.method} {request.path}")
        if request.path == "/grafana/api/health":
            response: web.StreamResponse = await handler(request)
            return response
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in (ADMIN_TOKEN, VIEWER_TOKEN):
            return _answer(401, "Invalid API key")
        is_change = request.method == "POST" and not request.path.endswith("/query")
        if is_change and token == VIEWER_TOKEN:
            return _answer(403, "You'll need additional permissions to perform this action.")
        if any(part.isdigit() for part in request.path.split("/")):
            raise AssertionError(f"endpoint by numeric id: {request.path}")
        try:
            response = await handler(request)
        except web.HTTPNotFound:
            return _answer(404, "Not found")
        return response

    async def _health(self, _: web.Request) -> web.Response:
        return web.json_response({"database": "ok", "version": self.version})

    async def _get_folder(self, request: web.Request) -> web.Response:
        return _one(self.folders, request.match_info["uid"])

    async def _create_folder(self, request: web.Request) -> web.Response:
        folder = await request.json()
        if self.folder_race:
            self.folders[folder["uid"]] = folder
        if any(folder["title"] == other["title"] for other in self.folders.values()):
            return _answer(409, "a folder with the same name already exists")
        self.folders[folder["uid"]] = folder
        return web.json_response(folder)

    async def _list_folders(self, _: web.Request) -> web.Response:
        return web.json_response(list(self.folders.values()))

    async def _check_datasource(self, request: web.Request) -> web.Response:
        if request.match_info["uid"] not in self.datasources:
            return _answer(404, "Data source not found")
        if self.health_error:
            return web.json_response({"status": "ERROR", "message": self.health_error}, status=400)
        return web.json_response({"status": "OK", "message": "Data source is working"})

    async def _query(self, request: web.Request) -> web.Response:
        asked = await request.json()
        [query] = asked["queries"]
        assert query["datasource"]["uid"] in self.datasources
        self.queries.append(query["rawSql"])
        if self.query_error:
            result: dict[str, Any] = {"error": self.query_error, "status": 500}
            return web.json_response({"results": {"A": result}}, status=500)
        values = [] if self.empty_store else [["one"], ["two"]]
        return web.json_response({"results": {"A": {"frames": [{"data": {"values": values}}]}}})

    async def _versions(self, request: web.Request) -> web.Response:
        if not self.tells_versions:
            return _answer(404, "Dashboard not found")
        messages = self.messages[request.match_info["uid"]]
        versions = [
            {"version": number, "message": message}
            for number, message in enumerate(messages, start=1)
        ]
        return web.json_response({"versions": versions[::-1]})

    async def _get_datasource(self, request: web.Request) -> web.Response:
        return _one(self.datasources, request.match_info["uid"])

    async def _create_datasource(self, request: web.Request) -> web.Response:
        datasource = await request.json()
        self.datasources[datasource["uid"]] = datasource
        return web.json_response({"datasource": datasource, "message": "Datasource added"})

    async def _plugin(self, _: web.Request) -> web.Response:
        return web.json_response({}) if self.has_plugin else _answer(404, "Plugin not found")

    async def _get_board(self, request: web.Request) -> web.Response:
        uid = request.match_info["uid"]
        if uid not in self.boards:
            return _answer(404, "Dashboard not found")
        meta = {"folderUid": self.board_folders[uid]}
        return web.json_response({"dashboard": self.boards[uid], "meta": meta})

    async def _save_board(self, request: web.Request) -> web.Response:
        payload = await request.json()
        board = payload["dashboard"]
        assert payload["overwrite"] is False, "somebody's change would be lost"
        assert board["id"] is None
        if payload["folderUid"] not in self.folders:
            return _answer(400, "folder not found")
        present = self.boards.get(board["uid"])
        if self.conflicts > 0:
            self.conflicts -= 1
            if present is not None:
                present["version"] += 1
            return _answer(412, "The dashboard has been changed by someone else")
        version = present["version"] if present else 0
        if board["version"] != version:
            return _answer(412, "The dashboard has been changed by someone else")
        saved: dict[str, Any] = json.loads(json.dumps(board))
        self.messages.setdefault(board["uid"], []).append(payload["message"] if present else "")
        saved |= {"id": 17, "version": version + 1}
        if self.reformats:
            saved["weekStart"] = ""
            saved["panels"][0]["fieldConfig"]["defaults"]["color"] = {"mode": "thresholds"}
        self.boards[board["uid"]] = saved
        self.board_folders[board["uid"]] = payload["folderUid"]
        return web.json_response({"status": "success", "uid": board["uid"]})

    async def _annotate(self, request: web.Request) -> web.Response:
        annotation = await request.json()
        assert annotation["dashboardUID"] in self.boards
        assert "dashboardId" not in annotation
        self.annotations.append(annotation)
        return web.json_response({"message": "Annotation added"})


def _one(things: dict[str, dict[str, Any]], uid: str) -> web.Response:
    if uid not in things:
        return _answer(404, "Not found")
    return web.json_response(things[uid])


def _answer(status: int, message: str) -> web.Response:
    return web.json_response({"message": message}, status=status)


@pytest.fixture
def grafana() -> Iterator[FakeGrafana]:
    """A fake Grafana on loopback."""
    fake = FakeGrafana()
    loop = asyncio.new_event_loop()
    started = threading.Event()
    runner = web.AppRunner(fake.app())

    async def start() -> None:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        fake.url = f"http://{host}:{port}/grafana"
        started.set()

    def serve() -> None:
        loop.run_until_complete(start())
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    assert started.wait(START_TIMEOUT_S)
    yield fake
    loop.call_soon_threadsafe(loop.stop)
    thread.join(START_TIMEOUT_S)

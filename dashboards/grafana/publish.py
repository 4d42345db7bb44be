"""Puts the boards into a Grafana that people already have. Doing it twice changes nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from grafana_api.grafana_api import GrafanaException

from dashboards.grafana.connection import GrafanaConnection, GrafanaError
from dashboards.grafana.names import DATASOURCE_TYPE, DATASOURCE_UID, FOLDER, FOLDER_UID, TAG
from dashboards.grafana.probe import probe
from schemas.clock import wall_ms
from schemas.settings import ClickHouseSettings

BOARDS: Final = Path(__file__).with_name("dashboards")
OLDEST: Final = (11, 0)
"""Oldest Grafana whose panels know every option that the boards use."""
MESSAGE: Final = "wallwatch dashboards push"
"""Of every version that is saved."""
QUERY_TIMEOUT_S: Final = 30
"""Below the 60 s that the shipped reader is limited to, which the plugin's default exceeds."""
DIAL_TIMEOUT_S: Final = 5
ATTEMPTS: Final = 2
"""Tries to save a board that somebody else saves at the same moment."""

Document = dict[str, Any]


@dataclass(slots=True)
class Published:
    """What a run changed."""

    version: str
    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    works: list[str] = field(default_factory=list)
    """What was tried in the end and answered, a sentence each."""

    @property
    def changed(self) -> list[str]:
        """Everything that was created or updated."""
        return [*self.created, *self.updated]


def shipped_boards(folder: Path = BOARDS) -> list[Document]:
    """Return the boards of this version, by uid."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]


def publish(
    url: str,
    token: str,
    store: ClickHouseSettings,
    now_ms: Callable[[], int] = wall_ms,
) -> Published:
    """Create or update the folder, the datasource and the boards; mark each change on its board.

    `store` is how Grafana reaches ClickHouse; it is only used where the datasource is missing, a
    present one is left as it is. Ends with a query through Grafana. Blocking. Raises GrafanaError.
    """
    publisher = _Publisher(url, token, store, now_ms)
    publisher.check()
    publisher.ensure_folder()
    publisher.ensure_datasource()
    boards = shipped_boards()
    for board in boards:
        publisher.ensure_board(board)
    publisher.published.works = probe(publisher.link, boards)
    return publisher.published


class _Publisher:
    """One run against one Grafana."""

    def __init__(
        self, url: str, token: str, store: ClickHouseSettings, now_ms: Callable[[], int]
    ) -> None:
        self.link = self._link = GrafanaConnection(url, token)
        self._face = self._link.face
        self._folder_uid = FOLDER_UID
        self._store = store
        self._now_ms = now_ms
        self.published = Published("")

    def check(self) -> None:
        """Read the version, which needs no token, so that wrong addresses are told apart."""
        health = self._link.call("read its version", lambda: self._link.get("/health"))
        version = str(health.get("version", "")) if isinstance(health, dict) else ""
        numbers = re.match(r"(\d+)\.(\d+)", version)
        if numbers is None:
            raise GrafanaError(f"{self._link.url} does not answer as Grafana does: check --url")
        if (int(numbers[1]), int(numbers[2])) < OLDEST:
            raise GrafanaError(
                f"Grafana at {self._link.url} is version {version}, the boards need "
                f"{OLDEST[0]}.{OLDEST[1]} or newer: upgrade it"
            )
        self.published.version = version

    def ensure_folder(self) -> None:
        """Create the folder where it is missing."""
        if self._link.found(lambda: self._face.folder.get_folder(FOLDER_UID)) is not None:
            self.published.unchanged.append("folder wallwatch")
            return
        # Files of provisioning name a folder by its title alone, so its uid is Grafana's choice.
        folders = self._link.call("list the folders", lambda: self._link.get("/folders?limit=1000"))
        named = [folder for folder in folders if folder.get("title") == FOLDER]
        if named:
            self._folder_uid = named[0]["uid"]
            self.published.unchanged.append("folder wallwatch")
            return
        try:
            self._face.folder.create_folder(FOLDER, FOLDER_UID)
        except GrafanaException as error:
            # Somebody else may have made it in between.
            if error.status_code not in (409, 412) or not self._link.found(
                lambda: self._face.folder.get_folder(FOLDER_UID)
            ):
                raise self._link.error("create the folder wallwatch", error) from None
        self.published.created.append("folder wallwatch")

    def ensure_datasource(self) -> None:
        """Create the datasource where it is missing; a present one belongs to its owner."""
        present = self._link.found(lambda: self._link.get(f"/datasources/uid/{DATASOURCE_UID}"))
        if present is not None:
            if present.get("type") != DATASOURCE_TYPE:
                raise GrafanaError(
                    f"Grafana at {self._link.url} has a datasource {DATASOURCE_UID} of type "
                    f"{present.get('type')}: rename its uid, the boards need {DATASOURCE_TYPE}"
                )
            self.published.unchanged.append("datasource wallwatch")
            return
        plugin = self._link.found(lambda: self._link.get(f"/plugins/{DATASOURCE_TYPE}/settings"))
        if plugin is None:
            raise GrafanaError(
                f"Grafana at {self._link.url} lacks the plugin {DATASOURCE_TYPE}: install it with "
                f"grafana cli plugins install {DATASOURCE_TYPE} and restart Grafana"
            )
        document = _datasource(self._store)
        self._link.call(
            "create the datasource wallwatch",
            lambda: self._face.datasource.create_datasource(document),
        )
        self.published.created.append("datasource wallwatch")

    def ensure_board(self, board: Document) -> None:
        """Create the board, or update it where it differs."""
        name = f"board {board['title']}"
        for attempt in range(1, ATTEMPTS + 1):
            found = self._link.found(lambda: self._face.dashboard.get_dashboard(board["uid"]))
            present = found["dashboard"] if found else {}
            folder = found["meta"].get("folderUid") if found else None
            if folder == self._folder_uid and _contains(present, board):
                self.published.unchanged.append(name)
                return
            payload = {
                "dashboard": {**board, "id": None, "version": present.get("version", 0)},
                "folderUid": self._folder_uid,
                "message": MESSAGE,
                "overwrite": False,
            }
            try:
                self._face.dashboard.update_dashboard(payload)
            except GrafanaException as error:
                if error.status_code == 412 and attempt < ATTEMPTS:
                    continue
                raise self._link.error(f"save the {name}", error) from None
            except OSError as error:
                raise self._link.unreachable(error) from None
            if not found:
                self._name_first_version(payload)
            (self.published.updated if found else self.published.created).append(name)
            self._mark(board, is_new=not found)
            return

    def _name_first_version(self, payload: Document) -> None:
        """Save a new board once more where Grafana forgot the message of its first version.

        It keeps messages of changes alone: https://github.com/grafana/grafana/issues/31895
        """
        uid = payload["dashboard"]["uid"]
        what = f"read the versions of the board {payload['dashboard']['title']}"
        answer = self._link.call(what, lambda: self._versions(uid))
        versions = answer.get("versions", []) if isinstance(answer, dict) else answer
        if not versions or versions[0].get("message"):
            return
        again = {**payload["dashboard"], "version": versions[0]["version"]}
        self._link.call(
            f"name the first version of the board {again['title']}",
            lambda: self._face.dashboard.update_dashboard({**payload, "dashboard": again}),
        )

    def _versions(self, uid: str) -> Any:
        try:
            return self._link.get(f"/dashboards/uid/{uid}/versions")
        except GrafanaException as error:
            # A Grafana that does not tell them has nothing to be put right.
            if error.status_code != HTTPStatus.NOT_FOUND:
                raise
            return []

    def _mark(self, board: Document, *, is_new: bool) -> None:
        """Leave an annotation on the board: figures before it came from other panels."""
        done = "published" if is_new else "updated"
        annotation = {
            "dashboardUID": board["uid"],
            "time": self._now_ms(),
            "tags": [TAG, "publish"],
            "text": f"{board['title']}: {done} by wallwatch dashboards push",
        }
        self._link.call(
            f"annotate the board {board['title']}",
            lambda: self._face.api.POST("/annotations", json=annotation),
        )


def _datasource(store: ClickHouseSettings) -> Document:
    url = urlsplit(store.url)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise GrafanaError(
            f"Grafana cannot read {store.url}: give the address of a ClickHouse server that "
            "Grafana reaches, --clickhouse http(s)://HOST:PORT"
        )
    secure = url.scheme == "https"
    return {
        "name": DATASOURCE_UID,
        "uid": DATASOURCE_UID,
        "type": DATASOURCE_TYPE,
        "access": "proxy",
        "jsonData": {
            "host": url.hostname,
            "port": url.port or (8443 if secure else 8123),
            "protocol": "http",
            "secure": secure,
            "username": store.user,
            "defaultDatabase": store.database,
            "dialTimeout": str(DIAL_TIMEOUT_S),
            "queryTimeout": str(QUERY_TIMEOUT_S),
        },
        "secureJsonData": {"password": store.password.get_secret_value()},
    }


def _contains(present: Any, wanted: Any) -> bool:
    """Return whether `present` holds all of `wanted`; Grafana adds fields of its own."""
    if isinstance(wanted, dict):
        return isinstance(present, dict) and all(
            name in present and _contains(present[name], value) for name, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(present, list)
            and len(present) == len(wanted)
            and all(_contains(*pair) for pair in zip(present, wanted, strict=True))
        )
    return bool(present == wanted)

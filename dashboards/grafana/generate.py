"""The generated files: written by `wallwatch dashboards build`, compared by `--check`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from dashboards.grafana.alerting import alert_file
from dashboards.grafana.boards import build
from dashboards.panels.catalog import BOARDS

FOLDER: Final = Path(__file__).parent
BOARDS_FOLDER: Final = "dashboards"
ALERTS_FILE: Final = "provisioning/alerting/wallwatch.yaml"
_HEAD: Final = (
    "# Made by `wallwatch dashboards build` from dashboards/panels/boards/alert_rules.py.\n"
)


class _Dumper(yaml.SafeDumper):
    """Writes SQL as blocks of lines and every value in its place."""

    def ignore_aliases(self, data: object) -> bool:
        """Return True: no value refers to another."""
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def generated() -> dict[str, str]:
    """Return the text of each generated file by its path below this folder."""
    files = {
        f"{BOARDS_FOLDER}/{board.uid}.json": json.dumps(
            build(board), cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False
        )
        + "\n"
        for board in BOARDS
    }
    document: dict[str, Any] = alert_file()
    files[ALERTS_FILE] = _HEAD + yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=100)
    return files


def write(folder: Path) -> list[str]:
    """Write the files that differ; return their paths below `folder`."""
    changed = differing(folder)
    files = generated()
    for name in changed:
        target = folder / name
        if name not in files:
            target.unlink()
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(files[name], encoding="utf-8", newline="\n")
    return changed


def differing(folder: Path) -> list[str]:
    """Return the paths that are missing, stale or no longer generated."""
    files = generated()
    stale = [name for name, text in files.items() if _read(folder / name) != text]
    present = {f"{BOARDS_FOLDER}/{path.name}" for path in (folder / BOARDS_FOLDER).glob("*.json")}
    return sorted({*stale, *(present - set(files))})


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None

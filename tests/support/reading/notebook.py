"""The cells of docs/client.ipynb, with the addresses of a stack in the place of the examples."""

from __future__ import annotations

import json
from types import CodeType
from typing import Final

from tests.support.paths import REPOSITORY

NOTEBOOK: Final = REPOSITORY / "docs" / "client.ipynb"


def cells(page: str, broker: str) -> list[CodeType]:
    """Return the code of the notebook, cell by cell.

    `page`: root of the page, `broker`: HOST:PORT.
    """
    document = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    found = []
    for cell in document["cells"]:
        if cell["cell_type"] == "code":
            code = "".join(cell["source"])
            code = code.replace("http://127.0.0.1:8080", page).replace("127.0.0.1:9092", broker)
            found.append(compile(code, cell["id"], "exec"))
    return found

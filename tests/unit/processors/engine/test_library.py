"""The public interface of the engine, as its documentation shows it."""

import re
from pathlib import Path
from typing import Any

from schemas.signals import FlowBar

DOCUMENT = Path(__file__).parents[4] / "docs" / "library.md"


def test_the_documented_example_runs() -> None:
    example = re.search(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    names: dict[str, Any] = {}
    exec(compile(example[1], DOCUMENT.name, "exec"), names)
    sold = [bar.sell_qty for bar in names["signals"] if isinstance(bar, FlowBar)]
    assert sum(sold) == 3

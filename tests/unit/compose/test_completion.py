"""When a replay counts as processed and stored."""

from typing import Any

import pytest

from compose.stack.completion import is_stored

COUNTS = {"market.depth": 30, "market.trades": 7, "signals.flow": 5}


def status(*, idle: bool = True, depth: int = 20, flow: int = 5) -> dict[str, Any]:
    return {
        "idle": idle,
        "topics": {
            "market.depth": {"0": {"next": 10}, "1": {"next": depth}},
            "market.trades": {"0": {"next": 7}, "1": {"next": 0}},
        },
        "sink": {"topics": {"signals.flow": {"0": {"next": flow}, "1": {"next": 0}}}},
    }


def test_everything_at_the_end_is_stored() -> None:
    assert is_stored(status(), COUNTS)


@pytest.mark.parametrize(
    "behind",
    [status(idle=False), status(depth=19), status(flow=4), {"idle": None}],
    ids=["busy", "input the worker has not heard of", "signals not stored", "starting"],
)
def test_anything_under_way_is_not(behind: dict[str, Any]) -> None:
    assert not is_stored(behind, COUNTS)

"""When a replay counts as processed and stored."""

from functools import partial

import pytest

from compose.stack.completion import is_stored
from schemas.status import PipelineStatus, Position, SinkStatus

COUNTS = {"market.depth": 30, "market.trades": 7, "signals.flow": 5}


def status(*, idle: bool = True, depth: int = 20, flow: int = 5) -> PipelineStatus:
    positions = partial(Position, end=99, lag=0)
    return PipelineStatus(
        idle=idle,
        topics={
            "market.depth": {"0": positions(next=10), "1": positions(next=depth)},
            "market.trades": {"0": positions(next=7), "1": positions(next=0)},
        },
        sink=SinkStatus(
            topics={"signals.flow": {"0": positions(next=flow), "1": positions(next=0)}}
        ),
    )


def test_everything_at_the_end_is_stored() -> None:
    assert is_stored(status(), COUNTS)


@pytest.mark.parametrize(
    "behind",
    [status(idle=False), status(depth=19), status(flow=4), PipelineStatus()],
    ids=["busy", "input the worker has not heard of", "signals not stored", "starting"],
)
def test_anything_under_way_is_not(behind: PipelineStatus) -> None:
    assert not is_stored(behind, COUNTS)

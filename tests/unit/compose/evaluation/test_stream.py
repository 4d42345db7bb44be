"""Streams, their grid, and what a user can get wrong."""

from pathlib import Path

import pytest

from compose.errors import UserError
from compose.evaluation.injection.stream import Grid, load_capture, stream_of
from schemas.market import DepthSnapshot, Trades

GRID = Grid(ticks_per_unit=10, lots_per_unit=1_000)
HEAD = {"venue": "v", "symbol": "S", "received_us": 0}
SNAPSHOT = DepthSnapshot(
    **HEAD, event_time=1_000, last_update_id=1, bids=[(99.9, 1.25)], asks=[(100.0, 3.0)]
)


@pytest.mark.parametrize("text", ["61730.6", "0.1", "99999.9", "70000.0"])
def test_a_price_on_the_grid_is_the_double_of_the_venues_text(text: str) -> None:
    price = float(text)
    assert GRID.price(GRID.ticks(price)) == price


def test_lots_worth_a_notional() -> None:
    lots = GRID.lots_worth(6_000_000, GRID.ticks(60_000.0))
    assert GRID.usd(lots, GRID.ticks(60_000.0)) == pytest.approx(6_000_000)


def test_the_grid_is_read_off_the_decimals_that_occur() -> None:
    assert stream_of("x", [SNAPSHOT]).grid == Grid(ticks_per_unit=10, lots_per_unit=100)


def test_offsets_count_by_topic() -> None:
    pack = Trades(**HEAD, watermark=1, trades=[])
    stream = stream_of("x", [pack, SNAPSHOT, pack])
    assert [offset for _, offset in stream.with_offsets()] == [0, 0, 1]


def test_a_stream_without_a_book_is_refused() -> None:
    with pytest.raises(UserError, match="no depth snapshot"):
        stream_of("empty.gz", [Trades(**HEAD, watermark=1, trades=[])])


def test_a_file_that_is_no_capture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("hello\n")
    with pytest.raises(UserError, match=r"notes\.txt"):
        load_capture(path)

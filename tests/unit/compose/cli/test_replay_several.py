"""Several captures at once: merged by receive time, and each market as if it were alone."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from click.testing import CliRunner

from compose.captures import Capture, merged_records
from compose.commands.replay import command
from compose.errors import UserError
from compose.replay import replay_captures
from schemas.control import DeadLetter
from schemas.market import FeedStatus, MarketRecord
from schemas.settings import Settings
from tests.support.markets.tiny_capture import START_MS, tiny_capture, trade


def other_symbol(path: Path) -> Path:
    """Write a capture of ETHUSDT that lies within the time of the tiny one."""
    lines = [
        trade(START_MS + shift, number, "ETHUSDT") for number, shift in enumerate((50, 700), 1)
    ]
    path.write_bytes(gzip.compress(b"".join(lines)))
    return path


def test_records_come_in_the_order_of_their_receive_times(tmp_path: Path) -> None:
    captures = [
        Capture(tiny_capture(tmp_path / "x.gz")),
        Capture(other_symbol(tmp_path / "y.gz")),
    ]
    alone = [list(merged_records([capture], Settings())) for capture in captures]
    together = list(merged_records(captures, Settings()))
    assert len(together) == sum(len(records) for records in alone)
    for records, symbol in zip(alone, ("BTCUSDT", "ETHUSDT"), strict=True):
        assert [r for r in together if _symbol(r) == symbol] == records
    symbols = [_symbol(record) for record in together]
    first_other = symbols.index("ETHUSDT")
    assert 0 < first_other < len(symbols) - 1
    assert "BTCUSDT" in symbols[first_other:]


def _symbol(record: object) -> str:
    assert isinstance(record, MarketRecord | FeedStatus | DeadLetter)
    return "" if isinstance(record, DeadLetter) else record.symbol


def test_the_same_market_twice_is_refused(tmp_path: Path) -> None:
    captures = [Capture(tiny_capture(tmp_path / name)) for name in ("x.gz", "y.gz")]
    with pytest.raises(UserError, match=r"both hold BTCUSDT of binance_usdm.*VENUE:FILE"):
        replay_captures(captures, Settings())


def test_a_capture_may_name_its_venue(tmp_path: Path) -> None:
    path = tiny_capture(tmp_path / "x.gz")
    run = CliRunner().invoke(command, ["--parse", f"binance_usdm:{path}"])
    assert run.exit_code == 0, run.output
    run = CliRunner().invoke(command, [f"nowhere:{path}"])
    assert run.exit_code == 2
    assert "unknown venue 'nowhere'; known: binance_usdm" in run.output


def test_no_book_of_several(tmp_path: Path) -> None:
    captures = [
        Capture(tiny_capture(tmp_path / "x.gz")),
        Capture(other_symbol(tmp_path / "y.gz")),
    ]
    with pytest.raises(UserError, match="--book needs one capture and one symbol"):
        replay_captures(captures, Settings(), book_path=tmp_path / "top.ndjson")

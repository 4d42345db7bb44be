"""A replay of the tape that an earlier one has left is that of its captures."""

from __future__ import annotations

import gzip
import logging
from pathlib import Path

import pytest

from compose.captures import Capture
from compose.errors import UserError
from compose.replay import replay_captures
from compose.tapes.captures import records_of_captures
from compose.tapes.layout import is_taped
from compose.tapes.market_records import MarketRecords
from compose.tapes.tape_file import read_tape
from schemas.settings import Settings
from tests.support.markets.simulated_capture import simulated_capture
from tests.support.markets.tiny_capture import START_MS, depth, tiny_capture, trade


def replayed(
    captures: list[Capture], folder: Path | None, settings: Settings | None = None
) -> tuple[list[str], str]:
    """Return the signals and the summary without the time that it took."""
    signals: list[str] = []
    summary = replay_captures(
        captures,
        settings or Settings(),
        on_signal=lambda signal: signals.append(signal.model_dump_json()),
        tapes=folder,
    )
    summary.seconds = 0.0
    return signals, repr(summary)


def tapes_in(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def test_signals_and_summary_are_those_of_the_capture(tmp_path: Path) -> None:
    captures = [Capture(simulated_capture(tmp_path / "capture", seconds=20))]
    expected = replayed(captures, None)
    assert any('"order_id"' in line for line in expected[0])
    for _ in range(2):
        assert replayed(captures, tmp_path / "tapes") == expected
        assert len(tapes_in(tmp_path / "tapes")) == 1


def test_the_second_replay_reads_the_tape_and_nothing_else(tmp_path: Path) -> None:
    capture = Capture(tiny_capture(tmp_path / "x.gz"))

    def found() -> MarketRecords:
        return records_of_captures([capture], Settings(), None, tmp_path / "tapes")

    first, parsed = found().markets, list(found().records)
    assert first == ["binance_usdm:BTCUSDT"]
    [tape] = tapes_in(tmp_path / "tapes")
    assert found().markets == first
    assert list(found().records) == list(read_tape(tape)) == [r for r in parsed if is_taped(r)]
    tape.write_bytes(b"")
    with pytest.raises(UserError, match="is damaged or cut off; delete it"):
        found()


def test_several_captures_are_one_tape(tmp_path: Path) -> None:
    other = tmp_path / "y.gz"
    other.write_bytes(gzip.compress(trade(START_MS + 50, 1, "ETHUSDT")))
    captures = [Capture(tiny_capture(tmp_path / "x.gz")), Capture(other)]
    expected = replayed(captures, None)
    for _ in range(2):
        assert replayed(captures, tmp_path / "tapes") == expected
    assert len(tapes_in(tmp_path / "tapes")) == 1
    assert replayed(captures[:1], tmp_path / "tapes") == replayed(captures[:1], None) != expected
    assert len(tapes_in(tmp_path / "tapes")) == 2


def test_another_rate_of_a_quote_currency_is_another_tape(tmp_path: Path) -> None:
    captures = [Capture(tiny_capture(tmp_path / "x.gz", trade(START_MS + 60, 1, "ETHBTC")))]
    for worth in (1.0, 50_000.0):
        settings = Settings.model_validate({"quotes": {"BTC": worth}})
        expected = replayed(captures, None, settings)
        assert replayed(captures, tmp_path / "tapes", settings) == expected
    assert len(tapes_in(tmp_path / "tapes")) == 2


def test_a_capture_that_is_cut_off_is_told_each_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tiny_capture(tmp_path / "x.gz", depth(START_MS + 1_300, 17, 17, 16, []))
    path.write_bytes(path.read_bytes()[:-12])
    for _ in range(2):
        caplog.clear()
        replayed([Capture(path)], tmp_path / "tapes")
        assert "cut off after line" in caplog.text
    assert tapes_in(tmp_path / "tapes") == []


def test_a_capture_that_grows_meanwhile_leaves_no_tape(tmp_path: Path) -> None:
    path = simulated_capture(tmp_path / "capture", seconds=5)
    grown: list[object] = []

    def record_on(signal: object) -> None:
        if not grown:
            with path.open("ab") as file:
                file.write(trade(START_MS, 1))
        grown.append(signal)

    replay_captures([Capture(path)], Settings(), on_signal=record_on, tapes=tmp_path / "tapes")
    assert grown
    assert tapes_in(tmp_path / "tapes") == []


def test_a_tape_that_cannot_be_kept_is_told_and_nothing_is_lost(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    captures = [Capture(tiny_capture(tmp_path / "x.gz"))]
    (tmp_path / "file").write_text("no folder")
    with caplog.at_level(logging.WARNING):
        assert replayed(captures, tmp_path / "file") == replayed(captures, None)
    assert "cannot be written: File exists; the capture will be parsed again" in caplog.text


def test_a_replay_that_ends_early_leaves_no_tape(tmp_path: Path) -> None:
    def stop(_: object) -> None:
        raise KeyboardInterrupt

    capture = Capture(simulated_capture(tmp_path / "capture", seconds=5))
    with pytest.raises(KeyboardInterrupt):
        replay_captures([capture], Settings(), on_signal=stop, tapes=tmp_path / "tapes")
    assert tapes_in(tmp_path / "tapes") == []


def test_a_damaged_capture_leaves_no_tape(tmp_path: Path) -> None:
    path = tiny_capture(tmp_path / "x.gz")
    whole = path.read_bytes()
    path.write_bytes(whole[:-8] + bytes([whole[-8] ^ 1]) + whole[-7:])
    with pytest.raises(UserError, match="damaged"):
        replayed([Capture(path)], tmp_path / "tapes")
    assert tapes_in(tmp_path / "tapes") == []

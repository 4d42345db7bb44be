"""A run over tapes is a replay of their captures; other settings are what they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from compose.backtest.run import run_tapes, with_overrides
from compose.errors import UsageError, UserError
from compose.proof.collect import OutcomeCollector
from compose.proof.sources import of_captures
from compose.replay import replay
from compose.tapes.captures import tapes_of_captures
from schemas.settings import Settings
from schemas.signals import BookMetrics, Signal
from tests.support.markets.captures import CAPTURE
from tests.support.markets.simulated_capture import simulated_capture
from tests.support.markets.tiny_capture import START_MS, tiny_capture, trade
from tests.support.servers.availability import unavailable

LOWER: dict[str, Any] = {"threshold": {"multiple": 2.0}, "ledger": {"horizons_ms": [1_000, 5_000]}}


def backtested(capture: Path, settings: Settings, folder: Path) -> list[str]:
    signals: list[str] = []
    tapes = tapes_of_captures([capture], settings, None, folder, lambda _: None)
    run_tapes(tapes, settings, lambda signal: signals.append(signal.model_dump_json()))
    return signals


def replayed(capture: Path, settings: Settings) -> list[str]:
    signals: list[str] = []
    replay(capture, settings, on_signal=lambda signal: signals.append(signal.model_dump_json()))
    return signals


@pytest.mark.parametrize("overrides", [{}, LOWER], ids=["default", "lower"])
def test_a_backtest_is_a_replay(tmp_path: Path, overrides: dict[str, Any]) -> None:
    capture = simulated_capture(tmp_path / "capture")
    settings = with_overrides(Settings(), overrides)
    expected = replayed(capture, settings)
    assert any('"order_id"' in line for line in expected)
    for _ in range(2):
        assert backtested(capture, settings, tmp_path / "tapes") == expected


def test_without_the_book_all_else_is_told(tmp_path: Path) -> None:
    capture = simulated_capture(tmp_path / "capture")
    settings = with_overrides(Settings(), LOWER)
    tapes = tapes_of_captures([capture], settings, None, tmp_path / "tapes", lambda _: None)
    told: dict[bool, list[Signal]] = {True: [], False: []}
    for with_book, signals in told.items():
        run_tapes(tapes, settings, signals.append, with_book=with_book)
    others = [signal for signal in told[True] if not isinstance(signal, BookMetrics)]
    assert told[False] == others
    assert len(others) < len(told[True])


@pytest.mark.capture
def test_a_backtest_of_the_real_capture_is_a_replay(tmp_path: Path) -> None:
    if not CAPTURE.is_file():
        unavailable(f"no capture at {CAPTURE}")
    expected = replayed(CAPTURE, Settings())
    assert backtested(CAPTURE, Settings(), tmp_path) == expected


def test_the_judgement_is_that_of_the_scorecard(tmp_path: Path) -> None:
    capture, settings = simulated_capture(tmp_path / "capture"), Settings()
    tapes = tapes_of_captures([capture], settings, None, tmp_path / "tapes", lambda _: None)
    collector = OutcomeCollector()
    run_tapes(tapes, settings, collector.take)
    card = collector.card(settings.proof.fee_bps)
    assert card == of_captures((capture,), settings, lambda _: None)
    assert card.lines


def test_a_capture_is_parsed_once(tmp_path: Path) -> None:
    capture = tiny_capture(tmp_path / "x.gz")
    said: list[str] = []
    first = tapes_of_captures([capture], Settings(), None, tmp_path / "tapes", said.append)
    assert said
    said.clear()
    again = tapes_of_captures([capture], Settings(), None, tmp_path / "tapes", said.append)
    assert (again, said) == (first, [])


def test_another_capture_or_another_venue_is_another_tape(tmp_path: Path) -> None:
    capture, settings = tiny_capture(tmp_path / "x.gz"), Settings()
    spot = Settings.model_validate({"ingest": {"venue": "binance_spot"}})

    def fingerprint(chosen: Settings, symbols: list[str] | None = None) -> str:
        folder = tmp_path / "tapes"
        return tapes_of_captures([capture], chosen, symbols, folder, lambda _: None)[0].fingerprint

    found = [fingerprint(settings), fingerprint(spot), fingerprint(settings, ["BTCUSDT"])]
    tiny_capture(capture, trade(START_MS + 1_300, 2))
    assert len({*found, fingerprint(settings)}) == 4


def test_a_folder_is_its_files_by_name(tmp_path: Path) -> None:
    for name in ("b.gz", "a.gz"):
        tiny_capture(tmp_path / name)
    (tmp_path / ".hidden").write_text("no capture")
    folder = tmp_path / "tapes"
    tapes = tapes_of_captures([tmp_path], Settings(), None, folder, lambda _: None)
    assert [tape.name for tape in tapes] == ["a.gz", "b.gz"]


def test_an_empty_folder_and_an_unknown_symbol_are_clear_errors(tmp_path: Path) -> None:
    capture = tiny_capture(tmp_path / "x.gz")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="holds no capture"):
        tapes_of_captures([tmp_path / "empty"], Settings(), None, tmp_path / "t", lambda _: None)
    with pytest.raises(UserError, match=r"unknown symbol NOPEUSDT.*holds BTCUSDT"):
        tapes_of_captures([capture], Settings(), ["NOPEUSDT"], tmp_path / "t", lambda _: None)


def test_an_override_holds_for_every_symbol() -> None:
    own = {"threshold": {"multiple": 9.0, "quantile": 0.9}}
    settings = Settings.model_validate({"symbols": {"BTCUSDT": own}})
    changed = with_overrides(settings, LOWER)
    assert changed.engine_for("ETHUSDT").threshold.multiple == 2.0
    assert changed.engine_for("BTCUSDT").threshold.multiple == 2.0
    assert changed.engine_for("BTCUSDT").threshold.quantile == 0.9


def test_a_wrong_override_names_its_field() -> None:
    with pytest.raises(UsageError, match=r"^setting threshold\.multiple: .*greater than 0"):
        with_overrides(Settings(), {"threshold": {"multiple": -1}})
    with pytest.raises(UsageError, match=r"^setting threshold\.multipel: unknown name"):
        with_overrides(Settings(), {"threshold": {"multipel": 1}})

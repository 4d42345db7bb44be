"""Records of more symbols than a worker holds."""

from __future__ import annotations

from typing import Any

from processors.shell.crowd import NAMED, Crowd
from processors.shell.metrics import ShellMetrics
from tests.support.processing.shell_reader import Delivered


class Letters:
    """An outlet that keeps the reasons of dead letters."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    def dead_letter(self, record: Any, reason: str) -> None:
        self.reasons.append(reason)


def crowd(most: int) -> tuple[Crowd, Letters, ShellMetrics]:
    letters, metrics = Letters(), ShellMetrics()
    return Crowd(most, letters, metrics), letters, metrics


def record(offset: int) -> Delivered:
    return Delivered("market.depth", offset, b"v:A", b"{}")


def test_there_is_room_until_the_limit() -> None:
    made, _, _ = crowd(2)
    assert [made.has_room(engines) for engines in range(4)] == [True, True, False, False]


def test_the_first_record_of_each_symbol_is_put_aside_and_all_are_counted() -> None:
    made, letters, metrics = crowd(2)
    for offset, key in enumerate(("v:A", "v:A", "v:B", "v:A")):
        made.refuse(record(offset), key)
    assert [reason.split(":")[0] for reason in letters.reasons] == ["no engine for v"] * 2
    assert "raise worker.max_symbols" in letters.reasons[0]
    assert metrics.crowded_out_records == 4


def test_what_is_remembered_of_them_is_bounded() -> None:
    made, letters, metrics = crowd(2)
    for number in range(NAMED + 10):
        made.refuse(record(number), f"v:{number}")
    assert (len(letters.reasons), metrics.crowded_out_records) == (NAMED, NAMED + 10)

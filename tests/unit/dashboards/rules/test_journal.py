"""Rules, firings and marks outlive the process."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboards.rules.journal import Journal, JournalError, Mark
from dashboards.rules.watch import Firing
from schemas.settings import RuleSettings, WatchFor

RULE = RuleSettings(name="mine", on=WatchFor.WALL_PULLED, min_usd=5e6)


def firing(event_id: str, rule: str = "mine") -> Firing:
    return Firing(rule, event_id, 1, "v", "BTCUSDT", "pulled", "o1")


def test_what_was_kept_is_there_after_a_restart(tmp_path: Path) -> None:
    file = str(tmp_path / "alerts.sqlite")
    journal = Journal(file)
    journal.put(RULE)
    journal.put(RULE.model_copy(update={"min_usd": 6e6}))
    assert journal.record(firing("a"), sound=True)
    assert not journal.record(firing("a"), sound=True), "a follower that begins again tells nothing"
    journal.close()

    again = Journal(file)
    assert [rule.min_usd for rule in again.rules()] == [6e6]
    [kept] = again.firings(0, 10)
    assert (kept.event_id, kept.sound, kept.mark) == ("a", True, None)
    assert again.drop("mine")
    assert not again.drop("mine")


def test_precision_counts_what_people_judged() -> None:
    journal = Journal("")
    for number in range(4):
        journal.record(firing(str(number)), sound=False)
    journal.record(firing("x", "other"), sound=False)
    ids = [kept.id for kept in journal.firings(0, 10) if kept.rule == "mine"]
    assert journal.judged()["mine"].precision is None
    for firing_id in ids[:2]:
        assert journal.mark(firing_id, Mark.RIGHT)
    assert journal.mark(ids[2], Mark.WRONG)
    judged = journal.judged()
    assert (judged["mine"].fired, judged["mine"].right, judged["mine"].wrong) == (4, 2, 1)
    assert judged["mine"].precision == pytest.approx(2 / 3)
    assert judged["other"].precision is None
    assert journal.mark(ids[0], None)
    assert journal.judged()["mine"].right == 1
    assert not journal.mark(99, Mark.RIGHT)


def test_only_newer_ones_are_asked_for() -> None:
    journal = Journal("")
    for number in range(5):
        journal.record(firing(str(number)), sound=False)
    assert [kept.event_id for kept in journal.firings(3, 10)] == ["4", "3"]
    assert [kept.event_id for kept in journal.firings(0, 1)] == ["4"]


def test_a_file_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="in a folder that can be written"):
        Journal(str(tmp_path / "nowhere" / "alerts.sqlite"))

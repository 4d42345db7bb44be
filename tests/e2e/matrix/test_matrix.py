"""Whatever happens to one symbol, the rows of the others are those of an undisturbed run."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ingest.offline import market_records
from processors.engine import MarketEngine
from schemas.control import DeadLetter
from schemas.market import BookReset, DepthDiff, MarketRecord
from schemas.settings import Settings
from schemas.topics import topic_of_record
from tests.e2e.matrix.kinds import KINDS, Kind
from tests.e2e.matrix.market import HIT, OTHERS, Line, sound_lines, write

Rows = dict[str, list[str]]


class Run:
    """A capture through ingest's parsers and an engine for each symbol."""

    def __init__(self, path: Path) -> None:
        settings = Settings()
        engines: dict[str, MarketEngine] = {}
        offsets: Counter[tuple[str, str]] = Counter()
        self.rows: Rows = {}
        self.told: Counter[str] = Counter()
        self.last_depth_ms: dict[str, int] = {}
        for record in market_records(path, settings):
            if isinstance(record, DeadLetter):
                self.told["letters"] += 1
                assert HIT.lower() in record.payload.lower(), record
                continue
            assert isinstance(record, MarketRecord)
            symbol = record.symbol
            engine = engines.setdefault(
                symbol, MarketEngine(record.venue, symbol, settings.engine_for(symbol))
            )
            self.told["resets"] += isinstance(record, BookReset)
            if isinstance(record, DepthDiff):
                self.last_depth_ms[symbol] = record.event_time
            place = (symbol, topic_of_record(record).name)
            signals = engine.apply(record, offsets[place])
            offsets[place] += 1
            self.rows.setdefault(symbol, []).extend(one.model_dump_json() for one in signals)


@pytest.fixture(scope="module")
def sound() -> list[Line]:
    """The undisturbed market."""
    return sound_lines()


@pytest.fixture(scope="module")
def undisturbed(sound: list[Line], tmp_path_factory: pytest.TempPathFactory) -> Run:
    """What becomes of it."""
    run = Run(write(tmp_path_factory.mktemp("sound") / "capture", sound))
    assert set(run.rows) == {*OTHERS, HIT}
    assert not run.told["letters"]
    assert all(len(rows) > 20 for rows in run.rows.values())
    return run


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_others_have_the_rows_of_an_undisturbed_run(
    kind: Kind, sound: list[Line], undisturbed: Run, tmp_path: Path
) -> None:
    run = Run(write(tmp_path / "capture", kind.lines(sound)))
    for symbol in OTHERS:
        assert run.rows[symbol] == undisturbed.rows[symbol]
    for counter in ("letters", "resets"):
        if counter == kind.told_by:
            assert run.told[counter] > undisturbed.told[counter]
    if not kind.told_by:
        assert run.told == undisturbed.told
    if kind.ends:
        return
    # The hit symbol goes on as well.
    assert run.last_depth_ms[HIT] == undisturbed.last_depth_ms[HIT]
    assert _time(run.rows[HIT][-1]) == _time(undisturbed.rows[HIT][-1])


def _time(row: str) -> Any:
    return json.loads(row)["event_time"]

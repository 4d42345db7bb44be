"""Whatever happens to one symbol, the rows of the others are those of an undisturbed run."""

from pathlib import Path

import pytest

from tests.e2e.matrix.kinds import KINDS, Kind
from tests.e2e.matrix.market import HIT, OTHERS, Line, sound_lines, write
from tests.e2e.matrix.run import Run


@pytest.fixture(scope="module")
def sound() -> list[Line]:
    """The undisturbed market."""
    return sound_lines()


@pytest.fixture(scope="module")
def undisturbed(sound: list[Line], tmp_path_factory: pytest.TempPathFactory) -> Run:
    """What becomes of it."""
    run = Run(write(tmp_path_factory.mktemp("sound") / "capture", sound))
    assert set(run.signals) == {*OTHERS, HIT}
    assert not run.told["letters"]
    assert all(len(signals) > 20 for signals in run.signals.values())
    return run


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_others_have_the_rows_of_an_undisturbed_run(
    kind: Kind, sound: list[Line], undisturbed: Run, tmp_path: Path
) -> None:
    run = Run(write(tmp_path / "capture", kind.lines(sound)))
    for symbol in OTHERS:
        assert run.rows(symbol) == undisturbed.rows(symbol)
    if kind.told_by:
        assert run.told[kind.told_by] > undisturbed.told[kind.told_by]
    else:
        assert run.told == undisturbed.told
    if kind.ends:
        return
    # The hit symbol goes on as well.
    assert run.last_depth_ms[HIT] == undisturbed.last_depth_ms[HIT]
    assert run.signals[HIT][-1].event_time == undisturbed.signals[HIT][-1].event_time

"""The scorecard as pictures."""

from pathlib import Path

import pytest

from compose.proof import plots
from compose.proof.plots import draw_all
from dashboards.proof.scorecard import judge
from dashboards.proof.trial import HORIZONS_S, SYMBOL, tape
from dashboards.web.answers.proof import ProofAnswer

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def card() -> ProofAnswer:
    """A scorecard with a drift after one class."""
    made = tape(1_003, hours=1.5, drift_bps=5.0)
    return ProofAnswer.of(judge(made.outcomes, {SYMBOL: made.series}, 0.0), 24)


def test_both_pictures_are_drawn(card: ProofAnswer, tmp_path: Path) -> None:
    assert draw_all(card, tmp_path) == ["forest.png", "paths.png"]
    for name in ("forest.png", "paths.png"):
        assert (tmp_path / name).read_bytes().startswith(PNG)


def test_only_what_was_tested_is_drawn_and_the_surest_first(card: ProofAnswer) -> None:
    groups = plots.tested_groups(card)
    assert {line.label for line in groups[0]} == {"SPOOF"}
    drawn = [line for group in groups for line in group]
    assert 0 < len(drawn) < len(card.lines)
    assert all(line.low_bps is not None for line in drawn)
    for group in groups:
        horizons = [line.horizon_ms for line in group]
        assert horizons == sorted(horizons)
        assert set(horizons) <= {horizon_s * 1_000 for horizon_s in HORIZONS_S}


def test_nothing_is_drawn_of_too_few(card: ProofAnswer, tmp_path: Path) -> None:
    few = card.model_copy(update={"lines": [line for line in card.lines if line.q is None]})
    assert few.lines
    assert draw_all(few, tmp_path) == []
    assert list(tmp_path.iterdir()) == []

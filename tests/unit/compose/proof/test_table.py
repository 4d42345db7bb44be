"""The scorecard as text."""

from compose.proof.table import COLUMNS, headline, markdown
from dashboards.proof.scorecard import judge
from dashboards.proof.trial import SYMBOL, tape
from dashboards.web.answers.proof import ProofAnswer


def test_the_headline_counts_what_was_tested_and_what_was_found() -> None:
    made = tape(1_003, hours=2.0, drift_bps=5.0)
    card = judge(made.outcomes, {SYMBOL: made.series}, 0.0)
    told = sum(line.verdict in ("informs", "misleads") for line in card.lines)
    assert told > 0
    line = headline(ProofAnswer.of(card, 24))
    assert line.startswith(f"{len(made.outcomes)} outcomes from ")
    assert line.endswith(f"rate of 5 %: {told} significant")


def test_what_is_too_few_shows_no_effect_and_says_why_there_are_no_pictures() -> None:
    made = tape(1_003, hours=1.5, drift_bps=5.0)
    card = ProofAnswer.of(judge(made.outcomes, {SYMBOL: made.series}, 0.0), 24)
    few = [line for line in card.lines if line.q is None]
    assert few
    assert all(line.effect_bps is not None for line in few)
    effect = next(cell for name, cell in COLUMNS if name == "effect")
    assert {effect(line) for line in few} == {""}
    assert all(effect(line) for line in card.lines if line.q is not None)
    report = markdown(card.model_copy(update={"lines": few}), ())
    assert "No pictures: too few" in report
    drawn = markdown(card, ["forest.png"])
    assert "![forest.png](forest.png)" in drawn
    assert "No pictures" not in drawn

"""The scorecard as text."""

from compose.proof.table import headline
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

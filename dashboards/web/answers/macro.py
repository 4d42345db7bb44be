"""The risk of a large move of the market."""

from __future__ import annotations

from typing import Self

from dashboards.macro.macro_risk import MacroRisk
from dashboards.macro.model import MODEL_VERSION
from dashboards.macro.moves import HORIZON_MIN, SIGMAS
from dashboards.macro.skill import MacroVerdict
from dashboards.proof.intervals import FEWEST_BLOCKS
from dashboards.web.answers.base import Answer, NotLive


class MacroInput(Answer):
    """One input: it adds weight * (size - centre) to the log-odds of the baseline."""

    name: str
    value: float | None
    weight: float
    centre: float
    adds: float


class MacroSample(Answer):
    """What the model was judged by."""

    since_ms: int
    until_ms: int
    forecasts: int
    void: int
    """Over, but a minute of the hour is not known."""
    events: int
    blocks: int
    fewest_blocks: int = FEWEST_BLOCKS
    """Independent stretches of two hours that an interval needs."""
    brier: float | None
    baseline_brier: float | None
    skill: float | None
    low: float | None
    high: float | None


class MacroRiskAnswer(Answer):
    """P(the market moves by more than 2 sigma within 60 minutes), once it has proven skill."""

    at_ms: int
    verdict: MacroVerdict
    reason: str
    probability: float | None
    """None until the verdict is "skill", and while no book is live."""
    baseline_probability: float | None
    """Of a random walk with the exponentially weighted volatility of late; None while no book is
    live."""
    event: str
    usual_sigma_bps: float | None
    """Standard deviation of an hour's move, by the day before."""
    late_sigma_bps: float | None
    """The same, exponentially weighted with a half-life of 30 minutes."""
    model_version: str
    symbols: int
    """Live ones with trades within the hour before."""
    not_live: list[NotLive]
    """Symbols whose books are not live: no figure of now rests on them. The sample does, as they
    were live then."""
    actions: dict[str, float]
    """Share of the symbols in each final action."""
    inputs: list[MacroInput]
    absent: list[str]
    """Inputs that are not known, and add nothing."""
    sample: MacroSample

    @classmethod
    def of(cls, risk: MacroRisk, not_live: list[NotLive]) -> Self:
        """Return what is said at one moment."""
        skill, known = risk.skill, risk.volatility
        return cls(
            at_ms=risk.at_ms,
            verdict=skill.verdict,
            reason=skill.reason,
            probability=risk.probability,
            baseline_probability=risk.baseline,
            event=(
                f"the mean log-move of the symbols reaches {SIGMAS:g} usual_sigma_bps, up or down, "
                f"within {HORIZON_MIN} min"
            ),
            usual_sigma_bps=known.usual_bps if known else None,
            late_sigma_bps=known.late_bps if known else None,
            model_version=MODEL_VERSION,
            symbols=risk.breadth.symbols,
            not_live=not_live,
            actions=risk.breadth.actions,
            inputs=[MacroInput(**one._asdict()) for one in risk.inputs],
            absent=[one.name for one in risk.inputs if one.value is None],
            sample=MacroSample(
                since_ms=risk.since_ms,
                until_ms=risk.at_ms,
                forecasts=skill.forecasts,
                void=skill.void,
                events=skill.events,
                blocks=skill.blocks,
                brier=skill.brier,
                baseline_brier=skill.baseline_brier,
                skill=skill.skill,
                low=skill.low,
                high=skill.high,
            ),
        )

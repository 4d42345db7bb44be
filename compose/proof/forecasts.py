"""What became of forecasts, of a large move of the market and of the fate of orders, in words."""

from __future__ import annotations

from dashboards.judgement import ForecastLine
from dashboards.macro.skill import Skill


def macro_in_words(skill: Skill) -> str:
    """Return one line: the verdict, the Brier skill with its interval, and what it rests on."""
    line = f"large move of the market within 60 min (macro-risk): {skill.verdict.value}"
    if skill.skill is None:
        return f"{line}, {skill.reason}; {skill.void} void"
    interval = ""
    if skill.low is not None and skill.high is not None:
        interval = f" (95 %: {skill.low:+.3f} to {skill.high:+.3f})"
    return (
        f"{line}, {skill.reason}: Brier skill against volatility alone {skill.skill:+.3f}"
        f"{interval}, {skill.forecasts} forecasts with {skill.events} large moves in "
        f"{skill.blocks} independent stretches, {skill.void} void"
    )


def forecast_in_words(line: ForecastLine) -> str:
    """Return one line about a forecast of the fate of orders."""
    told = f"{line.told:.1%} told on average, came true {line.came_true:.1%} of {line.graded} times"
    return (
        f"{line.forecast} of {line.symbol} (model {line.fate_model_version}): {told}; Brier score "
        f"{line.brier:.4f}"
    )

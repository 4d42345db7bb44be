"""What was learned, as Markdown and as lines for a terminal."""

from __future__ import annotations

from typing import Final

from compose.learn.hazard import FILLED_SIGNS, PULLED_SIGNS
from compose.learn.learn import Learned
from compose.learn.skill import FEWEST_ORDERS
from dashboards.proof.intervals import FEWEST_BLOCKS
from schemas.fate.model import FateForecast, Skill, TapeNote
from schemas.units import SECOND_MS

WORDS: Final = {
    FateForecast.FILLED_10S: "filled within 10 s",
    FateForecast.FILLED_60S: "filled within 60 s",
    FateForecast.PULLED_10S: "pulled within 10 s",
    FateForecast.PULLED_60S: "pulled within 60 s",
}


def verdict(skill: Skill) -> str:
    """Return in words whether a forecast is switched on, and why not."""
    if skill.is_on:
        return "on"
    if skill.skill is None:
        return "off: none came true, so nothing can be judged"
    if skill.orders < FEWEST_ORDERS:
        return (
            f"off: it came true for {skill.orders} orders, too few to say ({FEWEST_ORDERS} needed)"
        )
    if skill.low is None:
        return f"off: {skill.blocks} blocks of time are too few to say ({FEWEST_BLOCKS} needed)"
    if skill.low > 0:
        return f"off: the training tapes hold fewer than {FEWEST_ORDERS} such orders"
    return "off: the interval reaches 0" if skill.skill > 0 else "off: no better than the table"


def headline(learned: Learned) -> str:
    """Return the result in one line."""
    on = [WORDS[name] for name in FateForecast if learned.model.tells(name)]
    if not on:
        return "No forecast is proven better than distance and age alone; the model is off."
    return f"Proven better than distance and age alone, and on: {', '.join(on)}."


def trees(learned: Learned) -> str:
    """Return in words whether the model has trees, and why."""
    choice = learned.trees
    if choice.gain is None or choice.low is None or choice.high is None:
        return choice.reason
    figures = f"{choice.gain:+.1%} of a Brier score (95 %: {choice.low:+.1%} to {choice.high:+.1%})"
    return f"{'on' if choice.is_chosen else 'off'}, {choice.reason}: {figures}"


def as_text(learned: Learned) -> str:
    """Return the table of skills for a terminal."""
    lines = [headline(learned)]
    for name in FateForecast:
        skill = learned.model.skill[name]
        lines.append(
            f"{WORDS[name]:20} skill {_share(skill.skill):>7} {_interval(skill):>18}  "
            f"{skill.happened} of {skill.samples}  {verdict(skill)}"
        )
    return "\n".join([*lines, f"boosted trees: {trees(learned)}"])


def as_markdown(learned: Learned, pictures: list[str]) -> str:
    """Return the whole report."""
    model = learned.model
    lines = [
        "# Filled or pulled?",
        "",
        headline(learned),
        "",
        "Skill is 1 - Brier score / Brier score of a table of distance and age (the frequencies of "
        "the training tapes). Intervals: 95 %, the wider of a bootstrap over blocks of time of two "
        "horizons and one over orders. A forecast that came true for few orders is not judged.",
        "",
        "| forecast | skill | 95 % | Brier | table | came true | of | orders | blocks | switched |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name in FateForecast:
        skill = model.skill[name]
        lines.append(
            f"| `{name.value}` | {_share(skill.skill)} | {_interval(skill)} | "
            f"{_number(skill.brier)} | {_number(skill.table_brier)} | {skill.happened} | "
            f"{skill.samples} | {skill.orders} | {skill.blocks} | {verdict(skill)} |"
        )
    lines += ["", f"Model version `{model.version}`.", "", f"Boosted trees: {trees(learned)}.", ""]
    lines += _tapes("Trained on", model.trained_on)
    lines += _tapes("Reported on", model.reported_on)
    lines += [f"![{picture}]({picture})" for picture in pictures]
    lines += _reliability(learned)
    lines += _weights(learned)
    return "\n".join([*lines, ""])


def _tapes(title: str, notes: tuple[TapeNote, ...]) -> list[str]:
    rows = [
        f"- {note.name}: {', '.join(note.markets)}, "
        f"{(note.last_ms - note.first_ms) / SECOND_MS:.0f} s, {note.orders} orders, "
        f"{note.samples} order-seconds; "
        f"{note.filled} of the orders were filled, {note.pulled} pulled"
        for note in notes
    ]
    return [f"{title}:", "", *rows, ""]


def _reliability(learned: Learned) -> list[str]:
    lines = ["", "## What was told, and how often it came true"]
    for name in FateForecast:
        lines += ["", f"`{name.value}`", "", "| told | mean | came true | order-seconds |"]
        lines.append("|---|---|---|---|")
        lines += [
            f"| {row['from']:g} to {row['to']:g} | {row['told']:.3f} | {row['came_true']:.3f} | "
            f"{row['samples']} |"
            for row in learned.reliability[name.value]
        ]
    return lines


def _weights(learned: Learned) -> list[str]:
    model = learned.model
    explained = "Of figures in units of their own spread; (+), (-): a sign that is imposed."
    lines = ["", "## Weights", "", explained]
    heads = [
        f"{risk} to {phase.ends_ms[-1] // SECOND_MS} s"
        for phase in model.phases
        for risk in ("filled", "pulled")
    ]
    lines += ["", f"| figure | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
    for number, name in enumerate(model.features):
        cells = []
        for phase in model.phases:
            for risk, signs in ((phase.filled, FILLED_SIGNS), (phase.pulled, PULLED_SIGNS)):
                sign = {1: " (+)", -1: " (-)"}.get(signs.get(name, 0), "")
                cells.append(f"{risk.weights[number]:.2f}{sign}")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    if learned.unused:
        names = ", ".join(learned.unused)
        lines += ["", f"Left out, as the training tapes say nothing about them: {names}."]
    return lines


def _share(value: float | None) -> str:
    return "none" if value is None else f"{100 * value:.1f} %"


def _interval(skill: Skill) -> str:
    if skill.low is None or skill.high is None:
        return "too few" if skill.skill is not None else "none"
    return f"{100 * skill.low:.1f} to {100 * skill.high:.1f} %"


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.4f}"

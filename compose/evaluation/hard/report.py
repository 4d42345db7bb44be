"""A hard evaluation as Markdown: figures against goals, then every story that was told wrongly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

Document = Mapping[str, Any]

GOALS: Final[tuple[tuple[str, float, bool], ...]] = (
    ("macro F1", 0.92, True),
    ("lowest class", 0.85, True),
    ("innocent kinds accused", 0.05, False),
    ("alarms a campaign", 1.2, False),
    ("quantity within its bounds", 0.995, True),
    ("AUC", 0.85, True),
    ("Brier skill", 0.3, True),
    ("honest sweeps accused under feed faults", 0.0, False),
)
"""Name, limit, and whether more is better."""
KIND_GOAL: Final = 0.8


def goals(document: Document) -> list[tuple[str, float | None, float, bool]]:
    """Return (name, figure, goal, reached) of every goal."""
    probability = document["probability"]
    figures = (
        document["macro_f1"]["value"],
        min(found["f1"]["value"] for found in document["classes"].values()),
        document["innocent_accused"],
        document["alarms_per_campaign"],
        document["quantity"]["within_bounds"],
        probability.get("auc"),
        probability.get("brier_skill"),
        sum(fault["sweeps_accused"] for fault in document["faults"].values()),
    )
    return [
        (name, figure, limit, _reached(figure, limit, more=more))
        for (name, limit, more), figure in zip(GOALS, figures, strict=True)
    ]


def markdown(document: Document, wrong: Sequence[Document]) -> str:
    """Return the report."""
    first, end = document["seeds"]
    warning = (
        "\n**These are seeds that the model was fitted on: the figures are no proof.**\n"
        if document["on_fit_seeds"]
        else ""
    )
    return "\n".join(
        [
            "# How well large orders are told, where it is hard\n",
            f"`{document['command']}`\n",
            f"Seeds {first} to {end - 1}; settings `{document['settings_version']}`; "
            f"{document['stories']} stories. Intervals hold 95 % of bootstrap samples of the runs.",
            warning,
            "## Goals\n",
            _table(
                ("", "figure", "goal", ""),
                (
                    (name, _text(figure), _text(limit), "" if reached else "missed")
                    for name, figure, limit, reached in goals(document)
                ),
            ),
            "## Classes\n",
            _classes(document),
            "## Kinds\n",
            _kinds(document),
            "## Tapes\n",
            _tapes(document),
            "## Feed faults\n",
            _faults(document),
            "## Tapes that nobody touched\n",
            _table(
                ("tape", "hours", "walls a minute", "accusations", "an hour"),
                (tuple(map(_text, one.values())) for one in document["untouched"]),
            ),
            "## Probability\n",
            "![reliability](reliability.png)\n",
            "## Stories in doubt, not scored\n",
            _table(("why", "stories"), (map(str, pair) for pair in document["in_doubt"].items())),
            "## Stories told wrongly\n",
            _wrong(wrong),
        ]
    )


def _classes(document: Document) -> str:
    rows = [("macro", document["macro_f1"], "", "", "")]
    rows += [
        (name, found["f1"], found["precision"], found["recall"], found["stories"])
        for name, found in document["classes"].items()
    ]
    return _table(
        ("class", "F1", "95 %", "precision", "recall", "stories"),
        (
            (
                name,
                _text(f1["value"]),
                f"{f1['low']:.3f} to {f1['high']:.3f}",
                _text(precision),
                _text(recall),
                str(stories),
            )
            for name, f1, precision, recall, stories in rows
        ),
    )


def _kinds(document: Document) -> str:
    return _table(
        ("kind", "scored", "right", "not seen", "accused", "read as", ""),
        (
            (
                name,
                str(kind["scored"]),
                _text(kind["right"]),
                str(kind["not_seen"]),
                str(kind["accused"]),
                ", ".join(f"{count} x {found}" for found, count in kind["read_as"].items()),
                "missed" if kind["right"] is not None and kind["right"] < KIND_GOAL else "",
            )
            for name, kind in document["kinds"].items()
        ),
    )


def _tapes(document: Document) -> str:
    return _table(
        ("tape", "macro F1", "pulls", "AUC", "Brier skill"),
        (
            (
                tape,
                _text(found["macro_f1"]),
                *(_text(found["probability"].get(n)) for n in ("pulls", "auc", "brier_skill")),
            )
            for tape, found in document["tapes"].items()
        ),
    )


def _faults(document: Document) -> str:
    columns = ("stories", "macro_f1", "sweeps", "sweeps_accused", "honest_accused", "within_bounds")
    return _table(
        ("fault", "stories", "macro F1", "sweeps", "of them accused", "honest accused", "bounds"),
        (
            (fault, *(_text(found[column]) for column in columns))
            for fault, found in document["faults"].items()
        ),
    )


def _wrong(wrong: Sequence[Document]) -> str:
    return _table(
        ("tape", "seed", "kind", "side", "price", "at, ms", "is", "told", "why"),
        (
            (
                one["tape"],
                str(one["seed"]),
                one["kind"],
                one["side"],
                f"{one['price']:g}",
                str(one["started_ms"]),
                " or ".join(one["is"]),
                str(one["told"]),
                one["why"],
            )
            for one in wrong
        ),
    )


def _table(heads: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _text(figure: Any) -> str:
    return "" if figure is None else f"{figure:.3f}" if isinstance(figure, float) else str(figure)


def _reached(figure: float | None, limit: float, *, more: bool) -> bool:
    if figure is None:
        return False
    return figure >= limit if more else figure <= limit

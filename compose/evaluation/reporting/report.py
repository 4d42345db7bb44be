"""The report of an evaluation as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from compose.evaluation.injection.episode import CLASSES, Group
from compose.evaluation.ranges import Ranges

Document = dict[str, Any]


def markdown(document: Document) -> str:
    """Return the report of a document made by `document_of`."""
    figures: dict[str, Document] = document["detectors"]
    main = figures[document["detector"]]
    parts = [
        "# How well large orders are told\n",
        _origin(document),
        "## In short\n",
        _overview(figures),
        *(_classes(main, group) for group in Group),
        "## Where it is harder\n",
        _buckets(main, "by_lifetime_s", "lifetime, s"),
        _buckets(main, "by_distance_bps", "distance at opening, bps"),
        _actors(main),
        *(_confusion(main, group) for group in Group),
        _own_actors(main),
        _failures(document["failures"]),
        _ranges(document["ranges"]),
    ]
    return "\n".join(parts)


def ranges_of(ranges: Ranges) -> Document:
    """Return the ranges by name."""
    return asdict(ranges)


def _origin(document: Document) -> str:
    seeds = document["seeds"]
    lines = [
        f"`{document['command']}`\n",
        f"Seeds {seeds[0]} to {seeds[-1]}; markets: {', '.join(document['markets'])}; settings "
        f"`{document['settings_version']}`. Intervals hold 95 % of {document['resamples']} "
        "bootstrap samples of the seeds.",
    ]
    if document["on_tuning_seeds"]:
        lines.append(
            "\n**These are tuning seeds: thresholds were chosen on them, so the figures below are "
            "no proof.**"
        )
    if document["not_placed"]:
        missing = ", ".join(f"{n} x {name}" for name, n in document["not_placed"].items())
        lines.append(f"\nEpisodes that found no place on the path: {missing}.")
    return "\n".join(lines) + "\n"


def _overview(figures: dict[str, Document]) -> str:
    rows = [
        [
            name,
            _interval(one["clean"]["macro_f1"]),
            _interval(one["adversarial"]["macro_f1"]),
            _percent(one["attribution_within_1pct"]),
            _plain(one["false_spoof_per_hour_capture"]),
            _plain(one["false_spoof_per_hour_simulated"]),
            f"{_plain(one['delay_ms']['p50'])} / {_plain(one['delay_ms']['p99'])}",
            f"{_plain(one['wait_ms']['p50'])} / {_plain(one['wait_ms']['p99'])}",
        ]
        for name, one in figures.items()
    ]
    head = [
        "detector",
        "macro F1, clean",
        "macro F1, adversarial",
        "traded quantity within 1 %",
        "false SPOOF/h, untouched capture",
        "false SPOOF/h, innocent simulated flow",
        "delay p50/p99, ms",
        "with waiting for trades, ms",
    ]
    notes = (
        "The delay is event time from the depth update that makes the truth knowable to the one "
        "that the verdict is given for; the last column adds how far the stream had gone on when "
        "the verdict came out.\n"
    )
    return _table(head, rows) + "\n" + notes


def _classes(figures: Document, group: Group) -> str:
    rows = []
    for name in CLASSES:
        one = figures[group.value]["classes"][name.value]
        scores = (_interval(one[kind]) for kind in ("precision", "recall", "f1"))
        rows.append([name.value, *scores, str(one["episodes"])])
    return f"## Classes, {group.value} episodes\n\n" + _table(
        ["class", "precision", "recall", "F1", "episodes"], rows
    )


def _buckets(figures: Document, key: str, title: str) -> str:
    rows = []
    for bucket in figures[key]:
        end = bucket["to"] if bucket["to"] is not None else "..."
        recalls = [_percent(bucket["recall"][name.value]) for name in CLASSES]
        name = f"{bucket['from']} to {end}"
        rows.append([name, str(bucket["episodes"]), _percent(bucket["right"]), *recalls])
    head = [title, "episodes", "right", *(f"{name.value} found" for name in CLASSES)]
    return _table(head, rows)


def _actors(figures: Document) -> str:
    rows = []
    for actor, one in figures["by_actor"].items():
        wrong = ", ".join(f"{n} x {name}" for name, n in one["read_as"].items())
        rows.append(
            [
                actor,
                one["group"],
                str(one["episodes"]),
                _percent(one["right"]),
                _percent(one["attributed"]),
                wrong or "-",
            ]
        )
    head = ["actor", "group", "episodes", "right", "quantity within 1 %", "else read as"]
    return "## By actor\n\n" + _table(head, rows)


def _confusion(figures: Document, group: Group) -> str:
    matrix = figures[group.value]["confusion"]
    rows = [
        [label, *(str(count) if count else "" for count in counts)]
        for label, counts in zip(matrix["rows"], matrix["counts"], strict=True)
    ]
    return f"## Confusion, {group.value} episodes\n\n" + _table(
        ["is / told as", *matrix["columns"]], rows
    )


def _own_actors(figures: Document) -> str:
    rows = [
        [actor, str(one["episodes"]), _percent(one["right"])]
        for actor, one in figures["own_actors"].items()
    ]
    return "## The simulated market's own actors\n\n" + _table(["actor", "orders", "right"], rows)


def _failures(failures: Sequence[Document]) -> str:
    if not failures:
        return "## Episodes that were missed\n\nNone.\n"
    rows = [
        [
            one["market"],
            str(one["seed"]),
            one["actor"],
            f"{one['side']} {one['price']:g}",
            one["label"],
            str(one["found"] or "none"),
            str(one["lifetime_ms"]),
            f"{one['distance_bps']:.1f}",
            f"{one['traded']:.3f} / {one['attributed']:.3f} of {one['size']:.3f}",
        ]
        for one in failures
    ]
    head = ["market", "seed", "actor", "level", "is", "told as", "life, ms", "bps", "traded/told"]
    return "## Episodes that were missed\n\n" + _table(head, rows)


def _ranges(ranges: Document) -> str:
    rows = [[name.replace("_", " "), _range(value)] for name, value in ranges.items()]
    return "## Ranges that the episodes are drawn from\n\n" + _table(["what", "range"], rows)


def _range(value: Any) -> str:
    if isinstance(value, list | tuple):
        joint = " or " if any(isinstance(part, list | tuple) for part in value) else " to "
        return joint.join(_range(part) for part in value)
    return f"{value:,.10g}" if isinstance(value, int | float) else str(value)


def _table(head: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    cells = list(head)
    lines = ["| " + " | ".join(cells) + " |", "|" + " --- |" * len(cells)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _interval(figure: dict[str, float]) -> str:
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"

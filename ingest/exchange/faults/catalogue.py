"""The catalogue of faults as help text, generated from their specifications."""

import inspect
from enum import StrEnum
from typing import Any, Final, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from ingest.exchange.faults.base import FaultSpec
from ingest.exchange.faults.scenario import AnyFault, Scenario

EXAMPLE: Final = """\
time_scale = 1.0

[[faults]]
kind = "drop"
symbol = "BTCUSDT"
after_s = 20

[[faults]]
kind = "maintenance"
after_s = 60
duration_s = 30
"""
_INDENT: Final = "    "


def catalogue() -> str:
    """Return an example of a scenario, the fields that all faults share, and every kind."""
    shared = {name: info for name, info in FaultSpec.model_fields.items() if name != "kind"}
    scale = Scenario.model_fields["time_scale"]
    parts = [
        "Example of a scenario file (JSON of the same shape works too):",
        f"\n{EXAMPLE}",
        _field("time_scale", scale),
        "\nFields of every fault:",
        *(_field(name, info) for name, info in shared.items()),
        "\nKinds of fault and their own fields:",
    ]
    for spec in sorted(get_args(get_args(AnyFault)[0]), key=_kind):
        parts.append(f"{_kind(spec)}: {_first_line(inspect.getdoc(spec) or '')}")
        for name, info in spec.model_fields.items():
            inherited = shared.get(name)
            if name != "kind" and (inherited is None or inherited.default != info.default):
                parts.append(_field(name, info, inherited))
    return "\n".join(parts)


def _kind(spec: type[FaultSpec]) -> str:
    return str(spec.model_fields["kind"].default)


def _field(name: str, info: FieldInfo, inherited: FieldInfo | None = None) -> str:
    """Return a field with its default, and its description unless it is inherited."""
    facts = ["needed" if info.is_required() else f"default {_shown(info.default)}"]
    if choices := _choices(info.annotation):
        facts.insert(0, " | ".join(choices))
    meaning = "" if inherited is not None else f": {info.description}" if info.description else ""
    return f"{_INDENT}{name} ({', '.join(facts)}){meaning}".replace("\n", " ")


def _choices(annotation: Any) -> list[str]:
    """Return the allowed values of an enumerated field."""
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return list(annotation)
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    return next(filter(None, map(_choices, get_args(annotation))), [])


def _shown(value: Any) -> str:
    return "none" if value is None else str(value)


def _first_line(text: str) -> str:
    return text.partition("\n\n")[0].replace("\n", " ")

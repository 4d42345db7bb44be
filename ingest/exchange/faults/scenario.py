"""Scenario documents: a list of faults in TOML or JSON, from a file or the status port."""

import json
import tomllib
from pathlib import Path
from typing import Annotated, Any, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ingest.exchange.errors import ExchangeError
from ingest.exchange.faults import clock, connections, frames, limits, market, snapshots, streamed

AnyFault = Annotated[
    frames.Drop
    | frames.Duplicate
    | frames.Reorder
    | frames.UnknownFields
    | frames.BigMessage
    | frames.InvalidUtf8
    | frames.SilentStream
    | frames.SilentRoute
    | clock.ClockSkew
    | snapshots.SlowSnapshot
    | snapshots.FailingSnapshot
    | snapshots.TruncatedSnapshot
    | snapshots.OldSnapshot
    | snapshots.AlignedSnapshot
    | limits.Throttle
    | limits.Ban
    | limits.Firewall
    | limits.WeightElsewhere
    | connections.Close
    | connections.Cut
    | connections.HalfOpen
    | connections.OnlyPings
    | connections.Lifetime
    | market.Burst
    | market.Delist
    | market.ListSymbol
    | market.Maintenance
    | streamed.BookRestart
    | streamed.UpgradeNotice
    | streamed.MissingBook,
    Field(discriminator="kind"),
]


class Scenario(BaseModel):
    """Faults, each with its own start."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )

    faults: tuple[AnyFault, ...]
    time_scale: float = Field(1.0, gt=0, le=100_000)
    """All times of the faults are divided by this: at 100, ten minutes last six seconds."""

    def scaled(self) -> Self:
        """Return the faults with `time_scale` applied."""
        faults = tuple(fault.scaled(self.time_scale) for fault in self.faults)
        return self.model_copy(update={"faults": faults, "time_scale": 1.0})


def parse_scenario(document: Any, source: str) -> Scenario:
    """Return the scenario. Raises ExchangeError: one line with `source`, the field and the cure."""
    try:
        return Scenario.model_validate(document)
    except ValidationError as error:
        detail = error.errors()[0]
        raise ExchangeError(f"{source}: {_place(detail['loc'])}: {_what(detail)}") from None


def load_scenario(path: Path) -> Scenario:
    """Read a scenario file; a name that ends in `.json` is JSON, any other TOML.

    Raises ExchangeError.
    """
    try:
        text = path.read_text(encoding="utf-8")
        document = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError as error:
        raise ExchangeError(f"faults {path}: cannot be read ({error.strerror})") from None
    except (ValueError, UnicodeDecodeError) as error:
        # Both decoders raise kinds of ValueError.
        form = "JSON" if path.suffix == ".json" else "TOML"
        raise ExchangeError(f"faults {path}: not {form}: {error}") from None
    return parse_scenario(document, f"faults {path}")


def _place(location: tuple[int | str, ...]) -> str:
    """Return the location of an error in the document, such as `faults[2].count`."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in location]
    if len(parts) > 2 and location[2] in _KINDS:
        # After the list index pydantic inserts the kind, which is not a field of the document.
        del parts[2]
    return "".join(parts).lstrip(".") or "the document"


def _what(detail: Any) -> str:
    if detail["type"] == "missing":
        return "is missing"
    if detail["type"] == "extra_forbidden":
        return "is not a field of this fault"
    if detail["type"] == "union_tag_invalid":
        given = detail["ctx"]["tag"]
        return f"unknown kind {given}; known are {', '.join(sorted(_KINDS))}"
    if detail["type"] == "union_tag_not_found":
        return "kind is missing"
    return f"{detail['msg']} (given: {detail['input']!r})"


_KINDS = frozenset(
    str(spec.model_fields["kind"].default) for spec in get_args(get_args(AnyFault)[0])
)

"""A model of what becomes of a standing large order, as plain data.

Discrete-time hazards of two competing risks: in each interval after now an order that still stands
is filled with probability f / (1 + f + p) and pulled with p / (1 + f + p), where f and p are
exp(bias of the interval + weights x standardised figures of now + sum of what the trees say of the
figures of now).
"""

import hashlib
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.fate.features import OrderFeatures
from schemas.fate.tree import LEAF, Tree

HORIZONS_MS: Final = (10_000, 60_000)
FATE_FEATURES: Final = OrderFeatures._fields
Scale = Annotated[float, Field(gt=0)]


class FateForecast(StrEnum):
    """Names of the forecasts: the fields of a large order."""

    FILLED_10S = "p_filled_10s"
    FILLED_60S = "p_filled_60s"
    PULLED_10S = "p_pulled_10s"
    PULLED_60S = "p_pulled_60s"


class Part(BaseModel):
    """A part of a model. Unknown names are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Risk(Part):
    """One of the two risks during a phase."""

    biases: tuple[float, ...]
    """One an interval."""
    weights: tuple[float, ...]
    """One a figure, in the order of `features`."""
    trees: tuple[Tree, ...] = ()


class Phase(Part):
    """Intervals after now that share their weights."""

    ends_ms: tuple[int, ...] = Field(min_length=1)
    """Where each interval ends; the last is a horizon."""
    filled: Risk
    pulled: Risk


class FigureBins(Part):
    """How a figure was distributed on the training tapes, in about ten parts."""

    cuts: tuple[float, ...] = ()
    """Where each part but the last ends, inclusive, ascending."""
    shares: tuple[float, ...] = ()
    """Of each part; none where the tapes say nothing about the figure."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if len(self.shares) != (len(self.cuts) + 1 if self.shares else 0):
            raise ValueError("bins have one share more than cuts")
        return self


class Skill(Part):
    """How much better than a table of distance and age a forecast was, on other tapes."""

    skill: float | None
    """1 - Brier score / Brier score of the table; None where nothing could be scored."""
    low: float | None
    high: float | None
    """95 % interval; None with too few blocks of time."""
    is_on: bool
    """The interval lies above 0, so the engine tells this forecast."""
    brier: float | None
    table_brier: float | None
    samples: int
    happened: int
    orders: int
    """Orders for which it came true: neighbouring seconds of one are no proof of their own."""
    blocks: int


class TapeNote(Part):
    """A stretch of history that a model was made from, or judged on."""

    name: str
    fingerprint: str
    markets: tuple[str, ...]
    """`venue:symbol`."""
    first_ms: int
    last_ms: int
    orders: int
    samples: int
    """Order-seconds."""
    filled: int
    """Orders that were filled within a minute of one of their seconds."""
    pulled: int


class FateModel(Part):
    """What `wallwatch learn` writes and `engine.fate.model` takes."""

    features: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[Scale, ...]
    phases: tuple[Phase, ...]
    skill: dict[FateForecast, Skill]
    bins: tuple[FigureBins, ...] = ()
    """By figure: what the figures that are met are compared with."""
    trained_on: tuple[TapeNote, ...] = ()
    reported_on: tuple[TapeNote, ...] = ()

    @cached_property
    def version(self) -> str:
        """Short hash of what the forecasts depend on, recorded with them."""
        document = self.model_dump_json(exclude={"trained_on", "reported_on", "bins"})
        return hashlib.blake2b(document.encode(), digest_size=6).hexdigest()

    def tells(self, forecast: FateForecast) -> bool:
        """Tell whether a forecast is switched on."""
        return forecast in self.skill and self.skill[forecast].is_on

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.features != FATE_FEATURES:
            raise ValueError(
                "the features are those of another release; make it anew with `wallwatch learn`"
            )
        if len(self.means) != len(self.features) or len(self.scales) != len(self.features):
            raise ValueError("means and scales have one number a feature")
        if tuple(phase.ends_ms[-1] for phase in self.phases) != HORIZONS_MS:
            raise ValueError(f"the phases end at {HORIZONS_MS} ms")
        ends = [0, *(end for phase in self.phases for end in phase.ends_ms)]
        if any(end <= before for before, end in pairwise(ends)):
            raise ValueError("ends_ms ascend")
        for phase in self.phases:
            for risk in (phase.filled, phase.pulled):
                if len(risk.biases) != len(phase.ends_ms):
                    raise ValueError("biases have one number an interval")
                if len(risk.weights) != len(self.features):
                    raise ValueError("weights have one number a feature")
                asked = {number for tree in risk.trees for number in tree.feature}
                if not asked <= {LEAF, *range(len(self.features))}:
                    raise ValueError("a tree asks for a figure that there is not")
        return self

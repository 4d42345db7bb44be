"""From the evidence of a pull to the probability that it was a lure."""

from pydantic import Field

from schemas.settings.section import Section


class SpoofWeights(Section):
    """What each piece of evidence (0 to 1) adds to the log-odds of a lure; never less than 0, so
    that more evidence never makes a lure less probable. See docs/detection.md."""

    short_life: float = Field(5.39, ge=0, le=50)
    low_fill: float = Field(3.04, ge=0, le=50)
    approach: float = Field(1.56, ge=0, le=50)
    nearness: float = Field(1.02, ge=0, le=50)
    opposite_flow: float = Field(0.87, ge=0, le=50)
    earlier_pulls: float = Field(1.37, ge=0, le=50)
    layering: float = Field(0.0, ge=0, le=50)
    at_once: float = Field(0.0, ge=0, le=50)
    relevance: float = Field(0.0, ge=0, le=50)
    size: float = Field(0.65, ge=0, le=50)
    one_sided: float = Field(2.94, ge=0, le=50)
    chain: float = Field(0.16, ge=0, le=50)


class SpoofModel(Section):
    """probability = 1 / (1 + exp(-(bias + sum of weight x evidence)))."""

    bias: float = Field(-12.51, ge=-100, le=100)
    weights: SpoofWeights = SpoofWeights()

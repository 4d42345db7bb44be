"""A model of the fate of orders that is simple enough to know."""

from compose.learn.hazard import PHASE_ENDS_MS
from schemas.fate.model import FATE_FEATURES, FateForecast, FateModel, Phase, Risk, Skill


def fate_model(*on: FateForecast) -> FateModel:
    """Return a model in which nearness makes fills and youth makes pulls."""

    def risk(name: str, weight: float, intervals: int) -> Risk:
        weights = tuple(weight if feature == name else 0.0 for feature in FATE_FEATURES)
        return Risk(biases=(-3.0,) * intervals, weights=weights)

    phases = tuple(
        Phase(
            ends_ms=ends,
            filled=risk("distance", -0.5, len(ends)),
            pulled=risk("age", -0.5, len(ends)),
        )
        for ends in PHASE_ENDS_MS
    )
    skill = {
        name: Skill(
            skill=0.1,
            low=0.05,
            high=0.2,
            is_on=name in on,
            brier=0.1,
            table_brier=0.2,
            samples=100,
            happened=50,
            orders=50,
            blocks=20,
        )
        for name in FateForecast
    }
    count = len(FATE_FEATURES)
    return FateModel(
        features=FATE_FEATURES,
        means=(0.0,) * count,
        scales=(1.0,) * count,
        phases=phases,
        skill=skill,
    )

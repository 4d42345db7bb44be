"""Order-seconds whose hazards are known."""

import numpy as np

from compose.learn.samples import Samples
from schemas.fate.model import FATE_FEATURES, TapeNote

BEGIN_MS = 1_700_000_000_000
AGE = FATE_FEATURES.index("age")
DISTANCE = FATE_FEATURES.index("distance")
SIZE = FATE_FEATURES.index("size")


def note(market: str = "binance_usdm:BTCUSDT", first_ms: int = BEGIN_MS) -> TapeNote:
    """Return what is noted of a tape of a minute."""
    return TapeNote(
        name="tape",
        fingerprint=f"{market} {first_ms}",
        markets=(market,),
        first_ms=first_ms,
        last_ms=first_ms + 60_000,
        orders=1,
        samples=1,
        filled=1,
        pulled=1,
    )


def order_seconds(
    count: int, seed: int, size_weight: float, market: str = "binance_usdm:BTCUSDT"
) -> Samples:
    """Return samples that are filled at a rate of 0.02 a second, times exp(-distance), and pulled
    at one of 0.02 times exp(size_weight * size). All figures are standard normal."""
    random = np.random.default_rng(seed)
    features = random.standard_normal((count, len(FATE_FEATURES)))
    fill = random.exponential(50_000 * np.exp(features[:, DISTANCE]))
    pull = random.exponential(50_000 * np.exp(-size_weight * features[:, SIZE]))
    lost = random.uniform(0, 300_000, count)
    first = np.minimum(np.minimum(fill, pull), lost)
    fate = np.where(first == fill, 1, np.where(first == pull, 2, 0))
    fate[first >= 60_000] = 0
    after = np.minimum(first, 60_000)
    times = BEGIN_MS + np.sort(random.integers(0, 6_000_000, count))
    return Samples(
        features,
        times,
        fate.astype(np.int64),
        np.ceil(after).astype(np.int64),
        np.full(count, 100_000),
        np.arange(count),
        (note(market),),
    )

"""What a fitted model says of many rows of figures at once, as the engine says it of one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from compose.learn.boost import said
from compose.learn.hazard import Scaling
from compose.learn.samples import Floats
from compose.learn.table import within
from schemas.fate.model import Phase


def model_probabilities(phases: Sequence[Phase], scaling: Scaling, features: Floats) -> Floats:
    """Return the probabilities by each horizon, shape (samples, horizons, risks)."""
    standardised, hazards = scaling(features), []
    for phase in phases:
        logits = np.stack(
            [
                np.asarray(risk.biases)[None, :]
                + (standardised @ np.asarray(risk.weights) + said(risk.trees, features))[:, None]
                for risk in (phase.filled, phase.pulled)
            ],
            axis=2,
        )
        raised = np.exp(np.clip(logits, -50, 50))
        hazards.append(raised / (1 + raised.sum(axis=2, keepdims=True)))
    return within(hazards)

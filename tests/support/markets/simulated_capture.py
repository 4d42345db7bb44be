"""A capture of the built-in exchange's market with its own actors."""

from __future__ import annotations

from pathlib import Path

from compose.evaluation.injection.simulated import record_simulated


def simulated_capture(path: Path, seed: int = 3, seconds: int = 60) -> Path:
    """Write `seconds` of market time to `path`; return it."""
    record_simulated(path, seed, seconds, actors=True)
    return path

"""Settings that would make states or rows endless are refused, with the cure."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from schemas.settings import EngineSettings, Settings, explain

HOURS_4 = 14_400_000


@pytest.mark.parametrize(
    ("section", "values", "told"),
    [
        (
            "threshold",
            {"window_s": 86_400},
            "setting engine.threshold: window_s 86400 holds 17280 samples, one each sample_s 5; at "
            "most 5000 fit into the state of a symbol: make sample_s 18 or more",
        ),
        (
            "book",
            {"heat_bucket_bps": 0.001},
            "setting engine.book: heat_range_bps 100 has 100000 buckets of heat_bucket_bps 0.001; "
            "at most 1000 a side are told every second",
        ),
        ("book", {"depth_bps": []}, "setting engine.book.depth_bps: distances must be positive"),
        ("book", {"depth_bps": [-1]}, "setting engine.book.depth_bps: distances must be positive"),
        ("book", {"depth_bps": [5, 5]}, "distances must be positive and distinct"),
        ("classify", {"pattern_window_ms": HOURS_4 + 1}, "less than or equal to 14400000"),
        ("action", {"closed_memory_ms": HOURS_4 + 1}, "less than or equal to 14400000"),
        ("alerts", {"swan_window_ms": HOURS_4 + 1}, "less than or equal to 14400000"),
    ],
)
def test_what_would_be_endless_is_refused(section: str, values: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as raised:
        Settings.model_validate({"engine": {section: values}})
    assert told in explain(raised.value)


@pytest.mark.parametrize(
    ("section", "values"),
    [
        ("threshold", {"window_s": 86_400, "sample_s": 18}),
        ("threshold", {"window_s": 5_000, "sample_s": 1}),
        ("book", {"heat_bucket_bps": 0.1}),
        ("book", {"depth_bps": [200, 10]}),
        ("classify", {"pattern_window_ms": HOURS_4}),
    ],
)
def test_what_is_just_bounded_is_taken(section: str, values: dict[str, Any]) -> None:
    assert EngineSettings.model_validate({section: values})

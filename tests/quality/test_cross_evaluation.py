"""The evaluation across markets, small: it can fail, and what it measures has not become worse."""

from __future__ import annotations

import pytest

from compose.captures import Capture
from compose.evaluation.cross.labels import lure_label, moved_label, opened_label
from compose.evaluation.cross.report import cross_figures
from compose.evaluation.cross.run import evaluate_cross
from compose.evaluation.cross.seeds import CROSS_FIT_SEEDS, CROSS_REPORT_SEEDS, CROSS_TEST_SEEDS
from compose.evaluation.cross.tapes import market_tape
from schemas.settings import CrossSettings, Settings
from schemas.signals import CrossKind
from tests.support.markets.captures import COINM_CAPTURE, SPOT_CAPTURE
from tests.support.servers.availability import unavailable


def test_seeds_of_one_purpose_serve_no_other() -> None:
    uses = [set(CROSS_FIT_SEEDS), set(CROSS_REPORT_SEEDS), set(CROSS_TEST_SEEDS)]
    assert len(set.union(*uses)) == sum(map(len, uses))


def test_labels_leave_a_band_around_each_limit() -> None:
    limits = CrossSettings()
    wall = opened_label(limits.together_ms, 0.0, 1.0, same_side=True)
    copied = opened_label(5_000, 0.0, 1 + limits.size_tolerance, same_side=True)
    assert wall.doubt
    assert copied.doubt
    assert moved_label(limits.moved_ms, 0.0, 1.0).doubt
    assert moved_label(500, limits.within_bps, 1.0).doubt
    assert lure_label(1_000, limits.taking_share, 20.0, 1.0).doubt
    assert opened_label(500, 1.0, 3.0, same_side=True) == (CrossKind.WALL, "")
    assert opened_label(500, 1.0, 1.0, same_side=False) == (None, "")
    assert lure_label(1_000, 0.95, 20.0, 1.0) == (CrossKind.LURE_TAKING, "")


@pytest.mark.capture
def test_what_is_told_of_two_real_markets_is_right() -> None:
    captures = [
        Capture(SPOT_CAPTURE, "binance_spot"),
        Capture(COINM_CAPTURE, "binance_coinm"),
    ]
    if missing := [str(one.path) for one in captures if not one.path.is_file()]:
        unavailable(f"no capture at {', '.join(missing)}")
    found = [market_tape(capture, Settings()) for capture in captures]
    tapes = {tape.name: tape for tape in found}
    seen = cross_figures(evaluate_cross(tapes, CROSS_TEST_SEEDS, Settings(), lambda _: None))
    assert seen["scored"] > 10
    missed = sum(kind["missed"] for kind in seen["kinds"].values())
    right = sum(kind["right"] for kind in seen["kinds"].values())
    assert missed <= 0.2 * (right + missed)
    assert seen["innocent_accused"] <= 0.1 * seen["innocent"] + 1
    (untouched,) = seen["untouched"].values()
    assert untouched["alerts"] == 0

"""Three real captures of one time, together and alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from compose.captures import Capture
from compose.replay import replay_captures
from schemas.settings import Settings
from tests.support.markets.captures import CAPTURE, COINM_CAPTURE, SPOT_CAPTURE
from tests.support.servers.availability import unavailable


@pytest.mark.capture
def test_each_market_of_real_captures_has_the_bytes_that_it_has_alone(tmp_path: Path) -> None:
    captures = [
        Capture(CAPTURE, "binance_usdm"),
        Capture(SPOT_CAPTURE, "binance_spot"),
        Capture(COINM_CAPTURE, "binance_coinm"),
    ]
    if missing := [str(one.path) for one in captures if not one.path.is_file()]:
        unavailable(f"no capture at {', '.join(missing)}")
    together = tmp_path / "together.ndjson"
    replay_captures(captures, Settings(), signals_path=together)
    lines = together.read_bytes().splitlines()
    for capture in captures:
        alone = tmp_path / "alone.ndjson"
        replay_captures([capture], Settings(), signals_path=alone)
        mine = f'"venue":"{capture.venue}"'.encode()
        assert [line for line in lines if mine in line] == alone.read_bytes().splitlines()

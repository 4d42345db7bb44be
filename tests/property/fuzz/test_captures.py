"""A capture with damaged lines, or cut off anywhere, is read or refused in words."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import IngestError
from ingest.offline import market_records
from schemas.settings import IngestSettings, Settings, VenueName
from tests.property.fuzz.mutations import damaged, hostile_json, read_or_refused
from tests.property.fuzz.test_streamed_venues import BYBIT_FRAMES, OKX_FRAMES, TIME
from tests.support.ingesting.tape import tape

VENUES: tuple[VenueName, ...] = ("binance_usdm", "binance_spot", "bybit_linear", "okx_swap")
STREAMED: dict[VenueName, list[Any]] = {"bybit_linear": BYBIT_FRAMES, "okx_swap": OKX_FRAMES}
KINDS = ("depth@", "aggTrade", "markPrice")


def _lines(name: VenueName) -> list[tuple[int, dict[str, Any]]]:
    if name in STREAMED:
        return [(TIME + 10 * n, frame) for n, frame in enumerate(STREAMED[name] * 8)]
    return tape(name, 0)[:60]


def _frames(name: VenueName) -> list[dict[str, Any]]:
    if name in STREAMED:
        return STREAMED[name]
    frames = [frame for _, frame in tape(name, 0)]
    found = ([f for f in frames if kind in f.get("stream", "")][:1] for kind in KINDS)
    return [frame for group in found for frame in group]


@pytest.mark.parametrize("name", VENUES)
@given(data=st.data())
def test_a_capture_is_read_or_refused(name: VenueName, data: st.DataObject) -> None:
    lines = [b"%d %s" % (ms * 1_000_000, json.dumps(f).encode()) for ms, f in _lines(name)]
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(lines) - 1))
        lines[place] = data.draw(damaged(lines[place]) | hostile_json(*_frames(name)))
    raw = b"\n".join(lines)
    if data.draw(st.booleans()):
        raw = raw[: data.draw(st.integers(0, len(raw)))]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "capture"
        path.write_bytes(raw)
        with read_or_refused(IngestError):
            list(market_records(path, Settings(ingest=IngestSettings(venue=name))))

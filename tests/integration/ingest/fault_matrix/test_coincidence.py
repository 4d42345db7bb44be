"""A silent stream, a lost update and a snapshot at the id of an update, in every order."""

from pathlib import Path

import pytest

from schemas.market import ResetReason
from tests.support.ingesting.faults import HIT, OTHER, rig

SILENCE_BEGINS_S, SILENT_S = 0.2, 0.8
ORDERS = (("depth", 0.0), ("depth", 0.4), ("depth", 0.9), ("aggTrade", 0.4))
"""The silent stream, and when an update is lost, s: before, within, at the end of the silence."""
HEALED_S = 10.0
OVER_S = 30.0


@pytest.mark.parametrize("silence_s", [0.5, 30.0], ids=["with an alarm", "without an alarm"])
async def test_silence_loss_and_an_aligned_snapshot_together_heal(
    fault_broker: str, tmp_path: Path, silence_s: float
) -> None:
    async with rig(fault_broker, tmp_path, ingest={"silence_s": silence_s}) as running:
        await running.settled()
        other = running.log.symbols[OTHER]
        hit = running.log.symbols[HIT]
        for stream, lost_after_s in ORDERS:
            resets = len(hit.resets)
            await running.inject(
                {
                    "kind": "silent_stream",
                    "symbol": HIT,
                    "stream": stream,
                    "after_s": SILENCE_BEGINS_S,
                    "duration_s": SILENT_S,
                },
                {"kind": "aligned_snapshot", "symbol": HIT, "after_s": lost_after_s},
                {"kind": "drop", "symbol": HIT, "after_s": lost_after_s, "after_frames": 5},
                time_scale=1.0,
            )
            await running.faults_over(OVER_S)
            await running.until(
                lambda resets=resets: len(hit.resets) > resets and hit.valid,  # type: ignore[misc]
                HEALED_S,
                f"healed after {stream} fell silent and an update was lost at {lost_after_s} s",
            )
            await running.same_book(HIT, HEALED_S)
        assert other.resets == [ResetReason.START]
        await running.same_book(OTHER, HEALED_S)
    assert running.ingest.result()["http_418"] == 0

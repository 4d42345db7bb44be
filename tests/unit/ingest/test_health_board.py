"""What the board of streams publishes of losses."""

from ingest.ops.health_board import LOSS_PAUSE_MS, HealthBoard
from schemas.market import FeedStatus, StreamState
from schemas.settings import IngestSettings

STREAM, SYMBOL = "btcusdt@aggTrade", "BTCUSDT"


def test_single_losses_of_a_stream_are_told_once_in_a_while() -> None:
    told: list[FeedStatus] = []
    board = HealthBoard("binance_usdm", IngestSettings(), told.append, lambda _: 0)
    board.frame(STREAM, SYMBOL, 0.0)
    for now_ms in range(1_000, 1_000 + int(LOSS_PAUSE_MS), 1_000):
        board.lost(STREAM, SYMBOL, f"frame {now_ms}", float(now_ms))
        board.frame(STREAM, SYMBOL, float(now_ms))
    assert [(one.state, one.reason) for one in told] == [
        (StreamState.UP, ""),
        (StreamState.GAP, "frame 1000"),
        (StreamState.UP, ""),
    ]
    board.lost(STREAM, SYMBOL, "later", 1_000 + LOSS_PAUSE_MS)
    assert told[-1].reason == "later"
    # Another stream has its own.
    board.lost("ethusdt@aggTrade", "ETHUSDT", "other", 1_000 + LOSS_PAUSE_MS)
    assert told[-1].symbol == "ETHUSDT"

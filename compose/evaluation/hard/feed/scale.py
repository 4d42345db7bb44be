"""The same market with other quantities: another coin, another lot."""

from __future__ import annotations

from compose.evaluation.injection.stream import MarketStream
from schemas.market import DepthDiff, DepthSnapshot, MarketRecord, Trades


def scaled(stream: MarketStream, factor: float) -> MarketStream:
    """Return the stream with every quantity times a factor."""
    return stream.with_records(_times(record, factor) for record in stream.records)


def _times(record: MarketRecord, factor: float) -> MarketRecord:
    if isinstance(record, Trades):
        trades = [trade._replace(qty=trade.qty * factor) for trade in record.trades]
        return record.model_copy(update={"trades": trades})
    if isinstance(record, DepthSnapshot | DepthDiff):
        levels = {
            name: [(price, qty * factor) for price, qty in side]
            for name, side in (("bids", record.bids), ("asks", record.asks))
        }
        return record.model_copy(update=levels)
    return record

"""The same market with other quantities or prices: another coin, another lot."""

from __future__ import annotations

from compose.evaluation.injection.stream import MarketStream
from schemas.market import DepthDiff, DepthSnapshot, MarketRecord, Trades


def scaled(stream: MarketStream, factor: float) -> MarketStream:
    """Return the stream with every quantity times a factor."""
    return stream.with_records(scaled_record(record, qty=factor) for record in stream.records)


def scaled_record(record: MarketRecord, *, price: float = 1.0, qty: float = 1.0) -> MarketRecord:
    """Return the record with every price and every quantity times a factor."""
    if isinstance(record, Trades):
        trades = [t._replace(price=t.price * price, qty=t.qty * qty) for t in record.trades]
        return record.model_copy(update={"trades": trades})
    if isinstance(record, DepthSnapshot | DepthDiff):
        levels = {
            name: [(at * price, size * qty) for at, size in side]
            for name, side in (("bids", record.bids), ("asks", record.asks))
        }
        return record.model_copy(update=levels)
    return record

"""What becomes of a capture without a broker and a store: ingest's parsers and the engines."""

from collections import Counter
from pathlib import Path

from ingest.offline import market_records
from processors.engine import MarketEngine
from schemas.control import DeadLetter
from schemas.market import BookReset, DepthDiff, MarketRecord
from schemas.settings import Settings
from schemas.signals import Signal
from schemas.topics import topic_of_record
from tests.e2e.matrix.market import HIT


class Run:
    """A capture through ingest's parsers and an engine for each symbol."""

    def __init__(self, path: Path) -> None:
        settings = Settings()
        engines: dict[str, MarketEngine] = {}
        offsets: Counter[tuple[str, str]] = Counter()
        self.signals: dict[str, list[Signal]] = {}
        self.told: Counter[str] = Counter()
        self.last_depth_ms: dict[str, int] = {}
        for record in market_records(path, settings):
            if isinstance(record, DeadLetter):
                self.told["letters"] += 1
                assert HIT.lower() in record.payload.lower(), record
                continue
            assert isinstance(record, MarketRecord)
            symbol = record.symbol
            engine = engines.setdefault(
                symbol, MarketEngine(record.venue, symbol, settings.engine_for(symbol))
            )
            self.told["resets"] += isinstance(record, BookReset)
            if isinstance(record, DepthDiff):
                self.last_depth_ms[symbol] = record.event_time
            place = (symbol, topic_of_record(record).name)
            self.signals.setdefault(symbol, []).extend(engine.apply(record, offsets[place]))
            offsets[place] += 1

    def rows(self, symbol: str) -> list[str]:
        """Return the signals of a symbol as JSON."""
        return [signal.model_dump_json() for signal in self.signals[symbol]]

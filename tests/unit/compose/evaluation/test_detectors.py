"""What the rival detectors make of hand-written markets."""

from compose.evaluation.detectors.base import Detection
from compose.evaluation.detectors.naive import NaiveDetector
from compose.evaluation.detectors.reference import ReferenceDetector
from compose.evaluation.injection.stream import MarketStream, stream_of
from schemas.market import DepthDiff, DepthSnapshot, MarketRecord, TakerSide, Trade, Trades
from schemas.settings import EngineSettings, ThresholdMode, ThresholdSettings
from schemas.signals import Classification, Side

START_MS = 1_700_000_000_000
WALL = (1_010.0, 2_000.0)
"""2.02M USD."""
SETTINGS = EngineSettings(
    threshold=ThresholdSettings(mode=ThresholdMode.ABSOLUTE, absolute_usd=1_000_000)
)


class Tape:
    """A quiet book around 1,000 with an update every 100 ms."""

    def __init__(self) -> None:
        self.records: list[MarketRecord] = [
            DepthSnapshot(
                **self._head(0),
                last_update_id=0,
                bids=[(999.5 - i / 2, 1.5) for i in range(60)],
                asks=[(1_000.0 + i / 2, 1.5) for i in range(60)],
            )
        ]
        self._at = 0

    def run(self, until: int) -> None:
        """Nothing happens until then."""
        while self._at < until:
            self.ask(self._at + 100)

    def ask(self, at: int, *levels: tuple[float, float]) -> None:
        """An update of asks."""
        number = len(self.records)
        self.records.append(
            DepthDiff(
                **self._head(at),
                first_update_id=number,
                last_update_id=number,
                prev_update_id=number - 1,
                bids=[],
                asks=list(levels),
            )
        )
        self._at = at

    def trade(self, at: int, price: float, qty: float) -> None:
        """A taker buys."""
        trade = Trade(len(self.records), START_MS + at, price, qty, TakerSide.BUY)
        pack = {"venue": "v", "symbol": "S", "received_us": 0, "watermark": START_MS + at - 1}
        self.records.append(Trades(**pack, trades=[trade]))

    @property
    def stream(self) -> MarketStream:
        return stream_of("hand-written", self.records)

    @staticmethod
    def _head(at: int) -> dict[str, object]:
        return {"venue": "v", "symbol": "S", "event_time": START_MS + at, "received_us": 0}


def at_the_wall(found: list[Detection]) -> list[Detection]:
    return [d for d in found if (d.side, d.price) == (Side.ASK, WALL[0])]


def test_the_reference_calls_whatever_is_gone_within_three_seconds_a_spoof() -> None:
    tape = Tape()
    tape.run(3_000)
    tape.ask(3_100, WALL)
    tape.run(5_000)
    tape.trade(5_050, WALL[0], WALL[1])
    tape.ask(5_100, (WALL[0], 0.0))
    tape.run(9_000)
    (found,) = at_the_wall(ReferenceDetector(SETTINGS).run(tape.stream))
    assert found.final is Classification.SPOOF
    assert (found.first_seen, found.last_seen) == (START_MS + 4_000, START_MS + 6_000)


def test_the_reference_does_not_see_what_comes_and_goes_between_two_polls() -> None:
    tape = Tape()
    tape.run(4_100)
    tape.ask(4_200, WALL)
    tape.run(5_700)
    tape.ask(5_800, (WALL[0], 0.0))
    tape.run(9_000)
    assert at_the_wall(ReferenceDetector(SETTINGS).run(tape.stream)) == []


def test_the_reference_takes_any_trade_nearby_for_a_fill() -> None:
    tape = Tape()
    tape.ask(100, WALL)
    tape.run(5_000)
    tape.trade(5_050, WALL[0] * 1.0004, WALL[1])
    tape.run(7_000)
    tape.trade(7_050, WALL[0] * 0.99, WALL[1])
    tape.run(9_000)
    (found,) = at_the_wall(ReferenceDetector(SETTINGS).run(tape.stream))
    assert found.final is Classification.SWEEP_BUY
    assert found.traded_qty == WALL[1]


def test_the_reference_calls_an_order_that_stands_a_defence() -> None:
    tape = Tape()
    tape.ask(100, WALL)
    tape.run(15_000)
    (found,) = at_the_wall(ReferenceDetector(SETTINGS).run(tape.stream))
    assert found.final is Classification.DEFENSIVE_SELL
    assert found.told[-1].event_time == START_MS + 12_000


def test_the_naive_rule_accuses_what_goes_untraded_and_nothing_else() -> None:
    tape = Tape()
    for start, life, fill in ((1_000, 2_000, 0.0), (5_000, 2_000, 10.0), (10_000, 4_000, 0.0)):
        tape.run(start - 100)
        tape.ask(start, WALL)
        tape.run(start + life - 100)
        if fill:
            tape.trade(start + life - 50, WALL[0], fill)
        tape.ask(start + life, (WALL[0], 0.0))
    found = at_the_wall(NaiveDetector().run(tape.stream))
    assert [detection.final for detection in found] == [
        Classification.SPOOF,
        Classification.UNKNOWN,
        Classification.UNKNOWN,
    ]

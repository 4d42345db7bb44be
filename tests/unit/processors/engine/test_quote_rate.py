"""A market that is quoted in something else than dollars is the same market, told in dollars."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.engine.engine import MarketEngine
from schemas.market import (
    DepthDiff,
    DepthSnapshot,
    MarketRecord,
    OpenInterest,
    Trades,
)
from schemas.settings import EngineSettings
from schemas.signals import (
    BookMetrics,
    FlowBar,
    LargeOrderEvent,
    Outcome,
    Signal,
    SuggestionOutcome,
)
from tests.support.markets.market import SYMBOL, VENUE, MarketLog, random_log

ABSOLUTE = EngineSettings.model_validate(
    {"threshold": {"mode": "absolute", "absolute_usd": 5_000_000}, "risk": {"max_loss_usd": 1_000}}
)
CHOICES = st.sampled_from((EngineSettings(), ABSOLUTE))
RATES = st.integers(-30, 30).map(lambda power: 2.0**power)
"""Powers of two: with them the same market has the same doubles."""


def priced(record: MarketRecord, rate: float, stated: float | None) -> MarketRecord:
    """Return a record as it were if one unit of the quote were worth `rate` USD."""
    match record:
        case DepthSnapshot() | DepthDiff():
            sides = {"bids": record.bids, "asks": record.asks}
            update = {
                side: [(price / rate, qty) for price, qty in levels]
                for side, levels in sides.items()
            }
            return record.model_copy(update=update)
        case Trades():
            trades = [trade._replace(price=trade.price / rate) for trade in record.trades]
            return record.model_copy(update={"trades": trades, "quote_usd": stated})
        case OpenInterest() if record.mark_price is not None:
            return record.model_copy(update={"mark_price": record.mark_price / rate})
        case _:
            return record


def market(seed: int, rate: float, stated: float | None = None) -> MarketLog:
    log = random_log(seed)
    return MarketLog(
        *(
            [priced(one, rate, stated) for one in part]
            for part in (log.depth, log.trades, log.polls)
        )
    )


def run(log: MarketLog, chosen: EngineSettings, quote_usd: float | None) -> list[Signal]:
    engine = MarketEngine(VENUE, SYMBOL, chosen, quote_usd=quote_usd)
    return [
        signal
        for records in (log.depth, log.polls, log.trades)
        for offset, record in enumerate(records)
        for signal in engine.apply(record, offset)
    ]


def told(signals: list[Signal]) -> list[tuple[object, ...]]:
    """Everything about a market that is not a price."""
    found: list[tuple[object, ...]] = []
    for one in signals:
        match one:
            case LargeOrderEvent():
                amounts = (one.value_usd, one.max_value_usd, one.threshold_usd)
                # Where a suggestion leaves, and so whether there is one, is a matter of ticks, and
                # those are decimal.
                within = (one.suggested_loss_usd or 0.0) <= (one.max_loss_usd or 0.0)
                limits = (one.max_loss_usd, within)
                found.append((one.kind, one.tier, one.classification, amounts, limits))
            case FlowBar():
                sides = (one.buy_usd, one.sell_usd, one.delta_usd, one.cvd_usd)
                sizes = (one.delta_usd_lt_10k, one.delta_usd_10k_100k, one.delta_usd_100k_1m)
                found.append((sides, sizes, one.delta_usd_ge_1m))
            case BookMetrics():
                depth = (one.bid_depth_usd, one.ask_depth_usd)
                found.append((depth, one.threshold_usd, one.open_orders))
            case Outcome() | SuggestionOutcome():
                pass
            case _:
                found.append((type(one), getattr(one, "final_action", None)))
    return found


@given(seed=st.integers(0, 2**32), rate=RATES, chosen=CHOICES)
@settings(max_examples=30, deadline=None)
def test_a_market_is_the_same_in_dollars_whatever_it_is_quoted_in(
    seed: int, rate: float, chosen: EngineSettings
) -> None:
    expected = told(run(market(seed, 1.0), chosen, 1.0))
    assert told(run(market(seed, rate), chosen, rate)) == expected
    assert told(run(market(seed, rate, stated=rate), chosen, None)) == expected


@given(seed=st.integers(0, 2**32), rate=RATES)
@settings(max_examples=20, deadline=None)
def test_a_set_value_comes_before_the_venue_s(seed: int, rate: float) -> None:
    log = market(seed, rate, stated=3.0)
    assert told(run(log, EngineSettings(), rate)) == told(
        run(market(seed, 1.0), EngineSettings(), 1.0)
    )


@given(
    seed=st.integers(0, 2**32),
    order=st.integers(0, 2**32),
    cut=st.floats(0, 1),
    rates=st.lists(st.one_of(st.none(), st.floats(1e-6, 1e6)), min_size=1, max_size=5),
)
@settings(max_examples=40, deadline=None)
def test_rates_that_change_are_exact_over_a_restart(
    seed: int, order: int, cut: float, rates: list[float | None]
) -> None:
    plain = random_log(seed)
    packs = len(plain.trades)
    log = MarketLog(
        plain.depth,
        [
            priced(pack, 1.0, rates[number * len(rates) // packs])
            for number, pack in enumerate(plain.trades)
        ],
        plain.polls,
    )
    records = log.interleaved(Random(order))
    stop = int(cut * len(records))
    first = MarketEngine(VENUE, SYMBOL, EngineSettings(), quote_usd=None)
    signals = [s for record, offset in records[:stop] for s in first.apply(record, offset)]
    second = MarketEngine.load(first.dump(), EngineSettings(), quote_usd=None)
    resume = first.next_offsets()
    signals += [
        signal
        for topic, held in log.topics().items()
        for offset, record in enumerate(held)
        if offset >= resume.get(topic, 0)
        for signal in second.apply(record, offset)
    ]
    whole = run(log, EngineSettings(), None)
    assert [s.model_dump_json() for s in signals] == [s.model_dump_json() for s in whole]


def test_without_a_value_only_what_is_relative_holds() -> None:
    signals = run(market(7, 60_000.0), EngineSettings(), None)
    orders = [one for one in signals if isinstance(one, LargeOrderEvent)]
    books = [one for one in signals if isinstance(one, BookMetrics) and one.is_valid]
    assert orders
    assert all(one.quote_usd is None for one in books)
    assert all(0 < one.bid_depth_usd[-1] < 1e6 for one in books)
    fine = {round(depth % 0.01, 9) for one in books for depth in one.bid_depth_usd}
    assert len(fine) > 1

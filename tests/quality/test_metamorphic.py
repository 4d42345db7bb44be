"""Changes of a market that must not change what is told of it, or only in a known way."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from compose.evaluation.hard.feed.scale import scaled_record
from compose.evaluation.injection.episode import Group
from compose.evaluation.injection.stream import MarketStream
from schemas.market import (
    BookReset,
    DepthDiff,
    DepthHeartbeat,
    DepthSnapshot,
    MarketRecord,
    TakerSide,
    Trade,
    Trades,
)
from schemas.settings import EngineSettings
from schemas.signals import Classification, LargeOrderEvent, Side
from tests.quality.streams import injected, orders_of, signals_of

QUARTER_MS = 900_000
US_PER_MS = 1_000
TIMES = ("event_time", "first_seen", "last_seen", "closed_at", "chain_first_seen")
IDENTITY = {"event_id", "order_id", "chain_id", "parent_order_id", "received_us"}
GROUPS = tuple(Group)
MIRRORED = {
    Classification.DEFENSIVE_BUY: Classification.DEFENSIVE_SELL,
    Classification.DEFENSIVE_SELL: Classification.DEFENSIVE_BUY,
    Classification.SWEEP_BUY: Classification.SWEEP_SELL,
    Classification.SWEEP_SELL: Classification.SWEEP_BUY,
}

Change = Callable[[MarketRecord], MarketRecord]


def changed(stream: MarketStream, change: Change) -> list[LargeOrderEvent]:
    return orders_of(signals_of(stream, tuple(change(record) for record in stream.records)))


def plain(events: list[LargeOrderEvent], *left_out: str) -> list[dict[str, Any]]:
    """Every field of the events but those that name them."""
    return [event.model_dump(exclude=IDENTITY | set(left_out)) for event in events]


def untouched(group: Group) -> list[LargeOrderEvent]:
    events = orders_of(signals_of(injected(group).stream))
    assert len({event.classification for event in events}) >= 5
    return events


@pytest.mark.parametrize("group", GROUPS)
def test_a_later_day_changes_times_alone(group: Group) -> None:
    shift = 7 * QUARTER_MS

    def later(record: MarketRecord) -> MarketRecord:
        received_us = record.received_us + shift * US_PER_MS
        if isinstance(record, Trades):
            moved = [trade._replace(event_time=trade.event_time + shift) for trade in record.trades]
            return record.model_copy(
                update={
                    "trades": moved,
                    "watermark": record.watermark + shift,
                    "received_us": received_us,
                }
            )
        return record.model_copy(
            update={"event_time": record.event_time + shift, "received_us": received_us}
        )

    expected = plain(untouched(group))
    for fields in expected:
        for name in TIMES:
            if fields[name] is not None:
                fields[name] += shift
    assert plain(changed(injected(group).stream, later)) == expected


@pytest.mark.parametrize("group", GROUPS)
def test_twice_the_price_for_half_the_quantity_changes_price_and_quantity_alone(
    group: Group,
) -> None:
    """The same notionals at other prices: every class, ratio, distance and time stays."""
    scaled_fields = {
        "price", "price_low", "price_high", "initial_qty", "current_qty", "max_qty", "added_qty",
        "traded_qty", "cancelled_qty", "hidden_traded_qty",
    }  # fmt: skip
    change = partial(scaled_record, price=2.0, qty=0.5)
    before, after = untouched(group), changed(injected(group).stream, change)
    assert plain(after, *scaled_fields) == plain(before, *scaled_fields)
    assert [event.price for event in after] == [event.price * 2 for event in before]
    assert [event.traded_qty for event in after] == [event.traded_qty / 2 for event in before]


WALL_FIELDS = ("kind", "close_reason", "classification", "spoof_probability")


def check_same_walls(change: Change, *fields: str, digits: int) -> None:
    """The events agree in `fields`, numbers to so many digits, where no floor in USD is set."""
    no_floor = EngineSettings.model_validate({"threshold": {"min_usd": 0}})
    stream = injected(GROUPS[0]).stream
    before, after = (
        [
            [round(value, digits) if isinstance(value, float) else value for value in values]
            for event in orders_of(signals_of(stream, records, no_floor))
            for values in ([getattr(event, name) for name in fields],)
        ]
        for records in (stream.records, tuple(map(change, stream.records)))
    )
    assert len(before) > 20
    assert after == before


@pytest.mark.parametrize("factor", [1e-6, 0.37, 30.0, 1e6])
def test_the_same_walls_are_found_at_any_scale_of_quantity(factor: float) -> None:
    check_same_walls(partial(scaled_record, qty=factor), "event_id", *WALL_FIELDS, digits=9)


@pytest.mark.parametrize("factor", [1e-5, 0.25, 1e3])
def test_the_same_walls_are_found_at_any_scale_of_price(factor: float) -> None:
    place = ("first_seen", "sequence", "side", "levels", "chain_length")
    check_same_walls(partial(scaled_record, price=factor), *place, *WALL_FIELDS, digits=6)


@pytest.mark.parametrize("group", GROUPS)
def test_a_mirrored_book_mirrors_sides_and_classes_and_keeps_the_rest(group: Group) -> None:
    """Bids become asks at the same distance. Notionals move a little, so only what does not hang
    on them is compared: who was seen, for how long, what was traded, the final class, and nearly
    the probability."""
    stream = injected(group).stream
    grid = stream.grid
    first = next(record for record in stream.records if isinstance(record, DepthSnapshot))
    centre = grid.ticks(first.bids[0][0]) + grid.ticks(first.asks[0][0])

    def reflect(price: float) -> float:
        return grid.price(centre - grid.ticks(price))

    def mirrored(record: MarketRecord) -> MarketRecord:
        if isinstance(record, Trades):
            trades = [
                trade._replace(
                    price=reflect(trade.price),
                    taker=TakerSide.SELL if trade.taker is TakerSide.BUY else TakerSide.BUY,
                )
                for trade in record.trades
            ]
            return record.model_copy(update={"trades": trades})
        if isinstance(record, DepthSnapshot | DepthDiff):
            bids = [(reflect(price), qty) for price, qty in record.asks]
            asks = [(reflect(price), qty) for price, qty in record.bids]
            return record.model_copy(update={"bids": bids, "asks": asks})
        return record

    def seen(events: list[LargeOrderEvent], mirror: bool) -> dict[tuple[Any, ...], float]:
        last = {event.order_id: event for event in events}
        lives = {}
        for event in last.values():
            side, price, found = event.side, event.price, event.classification
            if mirror:
                side = Side.ASK if side is Side.BID else Side.BID
                price, found = reflect(price), MIRRORED.get(found, found)
            life = (side, price, found, event.first_seen, event.closed_at, event.traded_qty)
            lives[life] = event.spoof_probability
        return lives

    before, after = seen(untouched(group), mirror=False), seen(changed(stream, mirrored), True)
    assert any(before.values())
    assert after == pytest.approx(before, abs=0.01)


@pytest.mark.parametrize("group", GROUPS)
def test_a_trade_in_two_parts_changes_no_order(group: Group) -> None:
    grid = injected(group).stream.grid

    def halved(record: MarketRecord) -> MarketRecord:
        if not isinstance(record, Trades):
            return record
        trades: list[Trade] = []
        for trade in record.trades:
            lots = grid.lots(trade.qty)
            for part in (lots // 2, lots - lots // 2):
                if part:
                    trade_id = 2 * trade.trade_id + len(trades) % 2
                    trades.append(trade._replace(trade_id=trade_id, qty=grid.qty(part)))
        return record.model_copy(update={"trades": trades})

    # The share of taker volume is a sum of floats; its parts may differ in the last digit.
    sums = ("evidence", "spoof_score", "spoof_probability")
    before, after = untouched(group), changed(injected(group).stream, halved)
    assert plain(after, *sums) == plain(before, *sums)
    probabilities = [[event.spoof_probability for event in events] for events in (before, after)]
    assert probabilities[1] == pytest.approx(probabilities[0], abs=1e-9)


@pytest.mark.parametrize("group", GROUPS)
def test_noise_far_from_mid_changes_no_order(group: Group) -> None:
    """Small levels that come and go five per cent away: outside of every band that counts."""
    count = 0

    def noisy(record: MarketRecord) -> MarketRecord:
        nonlocal count
        if not isinstance(record, DepthDiff):
            return record
        count += 1
        qty = float(count % 3)
        return record.model_copy(
            update={
                "bids": [*record.bids, (58_000.0 + count % 50, qty)],
                "asks": [*record.asks, (65_500.0 + count % 50, qty)],
            }
        )

    after = changed(injected(group).stream, noisy)
    assert count > 1_000
    assert plain(after) == plain(untouched(group))


@pytest.mark.parametrize("group", GROUPS)
def test_another_name_changes_the_name_alone(group: Group) -> None:
    def renamed(record: MarketRecord) -> MarketRecord:
        assert isinstance(record, DepthSnapshot | DepthDiff | BookReset | DepthHeartbeat | Trades)
        return record.model_copy(update={"symbol": "OTHERUSDT"})

    after = changed(injected(group).stream, renamed)
    assert {event.symbol for event in after} == {"OTHERUSDT"}
    assert plain(after, "symbol") == plain(untouched(group), "symbol")

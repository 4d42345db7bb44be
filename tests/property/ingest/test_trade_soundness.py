"""Trades that are missing, late or not to be relied on leave an unsound range that covers them."""

from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.market import Trades
from tests.support.ingesting.tape import SECONDS, START_MS, STEP_MS, Line, records, tape

VENUES = ["binance_usdm", "binance_spot"]
TRADES = SECONDS * 10


def of_kind(lines: list[Line], kind: str) -> list[Line]:
    """Return the tape with aggregated trades, or with single ones (`trade`, ids in `t`)."""
    if kind == "aggTrade":
        return lines

    def raw(frame: dict[str, Any]) -> dict[str, Any]:
        if "@aggTrade" not in frame.get("stream", ""):
            return frame
        data = {**frame["data"], "e": "trade", "t": frame["data"]["a"], "X": "MARKET"}
        return {"stream": "ethusdt@trade", "data": data}

    return [(received_ms, raw(frame)) for received_ms, frame in lines]


def trade_places(lines: list[Line]) -> list[int]:
    return [n for n, (_, f) in enumerate(lines) if f.get("stream", "").lower().endswith("trade")]


def ranges(venue: str, lines: list[Line]) -> list[tuple[int, int, str]]:
    return [
        (pack.unsound_from, pack.unsound_to, pack.unsound_reason or "")
        for pack in records(venue, lines)
        if isinstance(pack, Trades) and pack.unsound_from is not None and pack.unsound_to
    ]


@given(st.sampled_from(VENUES), st.sampled_from(["aggTrade", "trade"]))
@settings(max_examples=4, deadline=None)
def test_a_sound_tape_states_nothing(venue: str, kind: str) -> None:
    packs = [r for r in records(venue, of_kind(tape(venue, 0), kind)) if isinstance(r, Trades)]
    assert sum(len(pack.trades) for pack in packs) == TRADES
    assert not any("unsound" in pack.model_dump_json() for pack in packs)


@given(
    st.sampled_from(VENUES),
    st.sampled_from(["aggTrade", "trade"]),
    st.sets(st.integers(1, TRADES - 2), min_size=1, max_size=20),
)
@settings(max_examples=60, deadline=None)
def test_every_dropped_trade_lies_in_an_unsound_range(
    venue: str, kind: str, dropped: set[int]
) -> None:
    lines = of_kind(tape(venue, 0), kind)
    places = trade_places(lines)
    gone = {places[number] for number in dropped}
    found = ranges(venue, [line for n, line in enumerate(lines) if n not in gone])
    assert {reason for _, _, reason in found} == {"missing_ids"}
    for number in range(TRADES):
        time = START_MS + number * STEP_MS + 30
        is_covered = any(first <= time <= last for first, last, _ in found)
        near = any(abs(number - other) <= 1 for other in dropped)
        assert is_covered == near


@given(st.sampled_from(VENUES), st.integers(5, TRADES - 40), st.integers(15, 30))
@settings(max_examples=30, deadline=None)
def test_a_trade_behind_the_watermark_is_stated(venue: str, place: int, later: int) -> None:
    lines = tape(venue, 0)
    places = trade_places(lines)
    received_ms = lines[places[place + later]][0]
    late = (received_ms, lines[places[place]][1])
    moved = [*lines[: places[place]], *lines[places[place] + 1 : places[place + later]], late]
    found = ranges(venue, [*moved, *lines[places[place + later] :]])
    time = START_MS + place * STEP_MS + 30
    assert (time, time, "late") in found


@given(st.sampled_from(["aggTrade", "trade"]), st.integers(60, 70))
@settings(max_examples=10, deadline=None)
def test_a_trade_stream_that_stands_still_while_depth_goes_on_is_stated(
    kind: str, place: int
) -> None:
    lines = of_kind(tape("binance_usdm", 0), kind)
    places = trade_places(lines)
    end = {places[number] for number in range(place, TRADES)}
    found = ranges("binance_usdm", [line for n, line in enumerate(lines) if n not in end])
    assert {reason for _, _, reason in found} == {"silent"}
    first = START_MS + (place - 1) * STEP_MS + 31
    assert found[0][0] == first
    # The ranges follow one another without a hole.
    assert all(b[0] == a[1] + 1 for a, b in pairwise(found))
    assert found[-1][1] >= START_MS + (SECONDS - 2) * 1_000


def test_ids_of_what_is_no_trade_on_the_book_are_not_missing() -> None:
    lines = of_kind(tape("binance_usdm", 0), "trade")
    received_ms, frame = lines[trade_places(lines)[50]]
    fund = {**frame["data"], "X": "INSURANCE_FUND", "p": "0", "q": "0"}
    lines[trade_places(lines)[50]] = (received_ms, {**frame, "data": fund})
    assert ranges("binance_usdm", lines) == []

"""A stated time that lies ahead costs its own frame and nothing else, in every kind of frame."""

from collections.abc import Sequence

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ingest.feeds.time_gate import TimeGate
from schemas.control import DeadLetter
from schemas.market import DepthDiff, DepthSnapshot
from tests.support.ingesting.tape import SECONDS, START_MS, records, tape

MAX_AHEAD_MS = 2_000
"""The default of `ingest.max_ahead_ms`."""
USDM_KINDS = ("depth:T", "depth:E", "aggTrade:T", "aggTrade:E", "markPrice:E")
SPOT_KINDS = ("depth:E", "aggTrade:T", "aggTrade:E")


shifts = st.one_of(
    st.integers(MAX_AHEAD_MS + 200, 10_000),
    st.integers(10_000, 10**14),
    st.just(0),
)
"""ms ahead; 0 stands for a time in microseconds."""


@settings(max_examples=60, deadline=None)
@given(st.data(), shifts, st.integers(-3_000, 3_000))
def test_a_frame_ahead_of_its_time_is_refused_and_nothing_else_changes(
    data: st.DataObject, shift_ms: int, offset_ms: int
) -> None:
    venue = data.draw(st.sampled_from(["binance_usdm", "binance_spot"]))
    kind = data.draw(st.sampled_from(USDM_KINDS if venue == "binance_usdm" else SPOT_KINDS))
    stream, _, field = kind.partition(":")
    lines = tape(venue, offset_ms)
    places = [n for n, (_, f) in enumerate(lines) if f"@{stream}" in f.get("stream", "")]
    place = data.draw(st.sampled_from(places))
    received_ms, frame = lines[place]
    stated = frame["data"][field]
    ahead = {**frame["data"], field: stated + shift_ms if shift_ms else stated * 1_000}
    hit = [*lines]
    hit[place] = (received_ms, {**frame, "data": ahead})
    without = [*lines[:place], *lines[place + 1 :]]
    found = records(venue, hit)
    letters = [record for record in found if isinstance(record, DeadLetter)]
    assert len(letters) == 1
    assert "ahead of the venue's clock" in letters[0].reason or "not in mill" in letters[0].reason
    assert [r for r in found if not isinstance(r, DeadLetter)] == records(venue, without)


@pytest.mark.parametrize(
    ("venue", "stream", "fields"),
    [
        ("binance_usdm", "depth", "T"),
        ("binance_usdm", "depth", "ET"),
        ("binance_usdm", "aggTrade", "T"),
        ("binance_usdm", "aggTrade", "ET"),
        ("binance_usdm", "markPrice", "E"),
        ("binance_spot", "depth", "E"),
        ("binance_spot", "aggTrade", "T"),
        ("binance_spot", "aggTrade", "ET"),
    ],
)
def test_a_frame_whose_times_are_in_seconds_is_refused_and_nothing_else_changes(
    venue: str, stream: str, fields: str
) -> None:
    lines = tape(venue, 0)
    place = [n for n, (_, f) in enumerate(lines) if f"@{stream}" in f.get("stream", "")][-1]
    received_ms, frame = lines[place]
    seconds = {field: frame["data"][field] // 1_000 for field in fields}
    hit = [*lines]
    hit[place] = (received_ms, {**frame, "data": frame["data"] | seconds})
    found = records(venue, hit)
    (letter,) = [record for record in found if isinstance(record, DeadLetter)]
    assert "is not in milliseconds" in letter.reason
    without = [*lines[:place], *lines[place + 1 :]]
    assert [r for r in found if not isinstance(r, DeadLetter)] == records(venue, without)


@settings(max_examples=20, deadline=None)
@given(shifts, st.sampled_from(["E", "T"]))
def test_a_snapshot_ahead_of_its_time_is_used_without_it(shift_ms: int, field: str) -> None:
    lines = tape("binance_usdm", 0)
    received_ms, book = lines[1]
    stated = book[field]
    book = {**book, field: stated + shift_ms if shift_ms else stated * 1_000}
    found = records("binance_usdm", [lines[0], (received_ms, book), *lines[2:]])
    assert sum(isinstance(record, DeadLetter) for record in found) == 1
    (snapshot,) = [r for r in found if isinstance(r, DepthSnapshot)]
    assert snapshot.event_time == START_MS
    assert sum(isinstance(r, DepthDiff) for r in found) == SECONDS * 10


def admitted(times: Sequence[tuple[int, int, float]]) -> tuple[list[int], list[int]]:
    """Pass (stated time, wall clock, steady clock), ms, through a gate; return what was admitted
    and what was refused."""
    refused: list[int] = []
    gate: TimeGate[int] = TimeGate(MAX_AHEAD_MS, lambda item, reason: refused.append(item))
    passed: list[int] = []
    for stated_ms, wall_ms, steady_ms in times:
        passed += gate.admit(stated_ms, stated_ms, wall_ms * 1_000, steady_ms)
    return passed, refused


@settings(max_examples=100, deadline=None)
@given(
    st.integers(-(10**11), 10**11),
    st.sampled_from([0.2, 1.0, 5.0, 100.0]),
    st.lists(st.tuples(st.integers(0, 1_500), st.integers(1, 120)), min_size=200, max_size=400),
)
def test_whatever_the_local_clock_shows_sound_times_are_admitted(
    offset_ms: int, speed: float, arrivals: list[tuple[int, int]]
) -> None:
    times: list[tuple[int, int, float]] = []
    venue_ms, steady_ms = START_MS, 0.0
    for delay_ms, pause_ms in arrivals:
        venue_ms += pause_ms
        steady_ms += pause_ms / speed
        local_ms = int(START_MS + steady_ms + delay_ms - offset_ms)
        times.append((venue_ms, local_ms, float(local_ms)))
    passed, refused = admitted(times)
    assert refused == []
    assert passed == [stated_ms for stated_ms, _, _ in times][: len(passed)]
    assert len(passed) >= len(times) - 1


@settings(max_examples=100, deadline=None)
@given(
    st.integers(0, 149) | st.integers(151, 300),
    st.integers(20_000, 10**11),
    st.sampled_from([1.0, 100.0]),
)
def test_in_a_market_replayed_from_the_past_one_time_ahead_is_refused_and_gaps_are_not(
    place: int, shift_ms: int, speed: float
) -> None:
    gap_ms = 3_600_000
    sound = [START_MS + n * 100 + (gap_ms if n > 150 else 0) for n in range(400)]
    hit = [*sound]
    hit[place] += shift_ms
    local_ms = START_MS + 10**10
    # A very first time that is the local clock's cannot be told from a live one.
    assume(place > 0 or abs(hit[0] - local_ms) > 1_000_000)
    passed, refused = admitted(
        [(t, int(local_ms + n * 100 / speed), n * 100 / speed) for n, t in enumerate(hit)]
    )
    assert refused == [hit[place]]
    assert passed == [*sound[:place], *sound[place + 1 :]]


def test_a_local_clock_that_is_set_back_refuses_nothing() -> None:
    times = [START_MS + n * 100 for n in range(2_000)]
    set_back = [(t, t - (3_600_000 if n > 1_000 else 0), n * 100.0) for n, t in enumerate(times)]
    assert admitted(set_back) == (times, [])


def test_a_steady_clock_that_slept_refuses_nothing() -> None:
    times = [START_MS + n * 100 + (3_600_000 if n > 1_000 else 0) for n in range(2_000)]
    assert admitted([(t, t, n * 100.0) for n, t in enumerate(times)]) == (times, [])


def test_frames_that_keep_to_a_wrong_time_are_refused_among_sound_ones() -> None:
    """A symbol whose clock is an hour fast for ten seconds, beside one whose clock is right."""
    times: list[tuple[int, int, float]] = []
    for n in range(600):
        now_ms = START_MS + n * 100
        is_fast = n % 2 == 1 and 100 <= n < 200
        times.append((now_ms + (3_600_000 if is_fast else 0), now_ms + 20, n * 100.0))
    passed, refused = admitted(times)
    assert len(refused) == 50
    assert max(passed) < START_MS + 600 * 100


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(20_000, 10**10))
def test_in_a_replay_a_run_of_one_symbol_ahead_is_refused_and_a_jump_of_all_is_not(
    data: st.DataObject, shift_ms: int
) -> None:
    """However many frames of a symbol state a time ahead in a row, as its clock is wrong."""
    run = data.draw(st.integers(2, 40))
    place = data.draw(st.integers(20, 100))
    refused: list[int] = []
    gate: TimeGate[int] = TimeGate(0, lambda item, reason: refused.append(item))
    passed: list[int] = []
    jumped = START_MS + 3_600_000
    for n in range(300):
        symbol = "AAA" if place <= n < place + run or n % 3 else "BBB"
        sound = (START_MS if n < 200 else jumped) + n * 50
        stated = sound + (shift_ms if place <= n < place + run else 0)
        passed += gate.admit(n, stated, START_MS * 1_000, n * 10.0, symbol)
    assert refused == list(range(place, place + run))
    assert passed == [n for n in range(300) if n not in refused]


def test_where_the_other_symbols_are_at_rest_a_jump_passes_after_a_while() -> None:
    refused: list[int] = []
    gate: TimeGate[int] = TimeGate(0, lambda item, reason: refused.append(item))
    passed: list[int] = []
    for n in range(300):
        symbol, jump_ms = ("AAA", 3_600_000) if n >= 20 else ("AB"[n % 2] * 3, 0)
        passed += gate.admit(n, START_MS + jump_ms + n, START_MS * 1_000, n * 60.0, symbol)
    assert (refused, passed) == ([], list(range(300)))

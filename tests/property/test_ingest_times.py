"""A stated time that lies ahead costs its own frame and nothing else, in every kind of frame."""

from collections.abc import Sequence

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

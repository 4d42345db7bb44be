"""Capture files: sound, broken and none at all."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ingest.capture import read_capture
from ingest.capture_writer import CaptureWriter
from ingest.errors import IngestError
from ingest.kept_lines import capture_symbols
from ingest.offline import market_records
from schemas.control import DeadLetter
from schemas.market import DepthDiff, DepthSnapshot, Trades
from schemas.settings import Settings

START_NS = 1_700_000_000_000_000_000


def diff(symbol: str, first: int, last: int, previous: int, time: int) -> bytes:
    data = {"e": "depthUpdate", "E": time, "T": time, "s": symbol, "U": first, "u": last}
    data |= {"pu": previous, "b": [["10.5", "1"]], "a": []}
    return framed(f"{symbol.lower()}@depth@100ms", data)


def trade(symbol: str, number: int, time: int) -> bytes:
    data = {"e": "aggTrade", "E": time, "T": time, "s": symbol, "a": number, "p": "10.5"}
    return framed(f"{symbol.lower()}@aggTrade", data | {"q": "2", "m": False})


def framed(stream: str, data: dict[str, Any]) -> bytes:
    return json.dumps({"stream": stream, "data": data}).encode()


def snapshot(last: int, time: int, **more: Any) -> bytes:
    answer = {"lastUpdateId": last, "E": time, "T": time, "bids": [["10", "1"]], "asks": []}
    return json.dumps(answer | more).encode()


def write(path: Path, *payloads: bytes) -> Path:
    with CaptureWriter(path) as writer:
        for number, payload in enumerate(payloads):
            writer.write(START_NS + number * 10_000_000, payload)
    return path


@pytest.mark.parametrize("name", ["x.gz", "x.txt"])
def test_what_was_written_is_read(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, trade("BTCUSDT", 1, 5), diff("ETHUSDT", 1, 2, 0, 5))
    lines = list(read_capture(path))
    assert [line.number for line in lines] == [1, 2]
    assert lines[0].payload == trade("BTCUSDT", 1, 5)
    assert lines[1].received_ns == START_NS + 10_000_000
    assert capture_symbols(path) == ("BTCUSDT", "ETHUSDT")


def test_an_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    path = write(tmp_path / "x.gz", trade("BTCUSDT", 1, 5))
    with pytest.raises(IngestError, match="exists already"):
        CaptureWriter(path)


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match="no such file"):
        list(read_capture(tmp_path / "none.gz"))


def test_a_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match="cannot be read"):
        list(read_capture(tmp_path))


def test_a_false_gzip_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "x.gz"
    path.write_bytes(b"plain")
    with pytest.raises(IngestError, match="not a gzip file"):
        list(read_capture(path))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A compressed capture whose writer flushed after every 100 lines."""
    path = tmp_path_factory.mktemp("capture") / "x.gz"
    with CaptureWriter(path) as writer:
        for number in range(2_000):
            writer.write(START_NS + number * 10_000_000, trade("BTCUSDT", number, 5 + number))
            if number % 100 == 99:
                writer.flush()
    return path.read_bytes()


@given(share=st.floats(0.02, 0.999))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_cut_gzip_is_used_to_its_last_whole_line(
    tmp_path: Path, recorded: bytes, share: float
) -> None:
    path = tmp_path / "cut.gz"
    path.write_bytes(recorded[: int(len(recorded) * share)])
    told: list[int] = []
    lines = list(read_capture(path, lambda _, count: told.append(count)))
    assert told == [len(lines)]
    assert not any(line.fault for line in lines)
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    # Everything up to the last flush is there.
    assert len(lines) >= int(len(recorded) * share) / len(recorded) * 2_000 - 200


def test_a_cut_is_told_once_by_those_who_read_a_capture(
    tmp_path: Path, recorded: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "cut.gz"
    path.write_bytes(recorded[:-100])
    assert capture_symbols(path) == ("BTCUSDT",)
    records = list(market_records(path, Settings()))
    assert not [record for record in records if isinstance(record, DeadLetter)]
    assert len([r.message for r in caplog.records if "cut off after line" in r.message]) == 1


def test_what_was_flushed_survives_a_writer_that_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "x.gz"
    with CaptureWriter(path) as writer:
        for number in range(5):
            writer.write(START_NS + number, trade("BTCUSDT", number, 5))
        writer.flush()
        copy = tmp_path / "copy.gz"
        copy.write_bytes(path.read_bytes())
    assert len(list(read_capture(copy, lambda *_: None))) == 5


@pytest.mark.parametrize("name", ["x.gz", "x.txt"])
def test_a_capture_that_is_deleted_while_it_is_written_is_told(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with CaptureWriter(path) as writer:
        writer.write(START_NS, trade("BTCUSDT", 1, 5))
        writer.flush()
        path.unlink()
        writer.flush()
        writer.write(START_NS, trade("BTCUSDT", 2, 6))
        with pytest.raises(IngestError, match=f"{name}: was deleted while it was written"):
            writer.flush()


def test_parts_in_the_wrong_order_are_refused(tmp_path: Path) -> None:
    earlier = write(tmp_path / "1.txt", *(trade("BTCUSDT", n, 5 + n) for n in range(1_000)))
    path = tmp_path / "both.txt"
    path.write_bytes(earlier.read_bytes() * 2)
    with pytest.raises(IngestError, match="line 1020 was received 10 s before"):
        list(read_capture(path))


@pytest.mark.parametrize("divisor", [1_000, 1_000_000])
def test_receive_times_in_other_units_are_recognised(tmp_path: Path, divisor: int) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(b"%d %b\n" % (START_NS // divisor, trade("BTCUSDT", 1, 5)))
    assert [line.received_ns for line in read_capture(path)] == [START_NS]


@given(share=st.floats(0.03, 0.99), noise=st.binary(min_size=8, max_size=8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_is_not_told_as_a_cut(
    tmp_path: Path, recorded: bytes, share: float, noise: bytes
) -> None:
    whole = bytearray(recorded)
    at = int(len(whole) * share)
    assume(whole[at : at + 8] != noise)
    whole[at : at + 8] = noise
    path = tmp_path / "x.gz"
    path.write_bytes(whole)
    told: list[int] = []
    with pytest.raises(IngestError, match=r"damaged (at line|after line|somewhere in its) \d+"):
        list(read_capture(path, lambda _, count: told.append(count)))
    assert told == []


def test_what_is_garbage_before_it_ends_early_was_not_cut_off(
    tmp_path: Path, recorded: bytes
) -> None:
    sound = gzip.decompress(recorded).splitlines(keepends=True)
    garbage = [line[7:] for line in sound[900:1_000]]
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(b"".join(sound[:900] + garbage))[:-200])
    with pytest.raises(IngestError, match=r"damaged at line 901 .* head -n 900 >"):
        list(read_capture(path))


def test_a_sound_part_after_a_cut_one_is_named(tmp_path: Path, recorded: bytes) -> None:
    with CaptureWriter(tmp_path / "later.gz") as writer:
        for number in range(2_000, 2_010):
            writer.write(START_NS + number * 10_000_000, trade("BTCUSDT", number, 5 + number))
    later = (tmp_path / "later.gz").read_bytes()
    path = tmp_path / "both.gz"
    path.write_bytes(recorded[:-100] + later)
    at = len(recorded) - 100
    with pytest.raises(IngestError, match=rf"the part from byte {at} on: tail -c \+{at + 1} "):
        list(read_capture(path))
    whole = tmp_path / "whole.gz"
    whole.write_bytes(recorded + later)
    assert len(list(read_capture(whole))) == 2_010


@pytest.mark.parametrize("name", ["x.gz", "x.txt"])
def test_a_byte_order_mark_costs_no_line(tmp_path: Path, name: str) -> None:
    text = b"\xef\xbb\xbf%d %b\r\n" % (START_NS, trade("BTCUSDT", 1, 5))
    path = tmp_path / name
    path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    [line] = read_capture(path)
    assert (line.received_ns, line.payload) == (START_NS, trade("BTCUSDT", 1, 5))
    assert not line.fault


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"x\n" * 100_000])
def test_another_kind_of_file_is_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(IngestError, match="not a capture"):
        list(read_capture(path))


def test_broken_lines_become_dead_letters_and_everything_around_them_is_read(
    tmp_path: Path,
) -> None:
    sound = [
        trade("BTCUSDT", 1, 1_000),
        diff("BTCUSDT", 5, 6, 4, 1_001),
        trade("BTCUSDT", 2, 1_002),
    ]
    path = tmp_path / "x.txt"
    broken = [b"no stamp", b"1700000000000000001", b"1700000000000000002 \xff\xfe"]
    cut = b"1700000000000000003 " + sound[1][:-20]
    stamped = [b"%d %b" % (START_NS + n, payload) for n, payload in enumerate(sound)]
    path.write_bytes(b"\n".join([stamped[0], *broken, stamped[1], cut, stamped[2], b""]))
    records = list(market_records(path, Settings()))
    letters = [record for record in records if isinstance(record, DeadLetter)]
    assert [letter.source.rpartition(" ")[2] for letter in letters] == ["2", "3", "4", "6"]
    assert letters[2].payload == "\\xff\\xfe"
    assert letters[3].payload.encode() == sound[1][:-20]
    assert all(letter.reason for letter in letters)
    trades = [t.trade_id for r in records if isinstance(r, Trades) for t in r.trades]
    assert trades == [1, 2]


def symbols_with_a_book(path: Path) -> dict[str, list[int]]:
    """Return the update ids applied, by symbol."""
    applied: dict[str, list[int]] = {}
    for record in market_records(path, Settings()):
        if isinstance(record, DepthSnapshot):
            applied[record.symbol] = []
        if isinstance(record, DepthDiff):
            applied[record.symbol].append(record.last_update_id)
    return applied


def test_a_snapshot_before_the_first_update_is_kept(tmp_path: Path) -> None:
    path = write(tmp_path / "x.gz", snapshot(6, 1_000), diff("BTCUSDT", 6, 7, 5, 1_001))
    assert symbols_with_a_book(path) == {"BTCUSDT": [7]}


def test_a_nameless_snapshot_goes_to_the_symbol_that_it_connects_to(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.gz",
        diff("BTCUSDT", 5, 6, 4, 1_000),
        diff("ETHUSDT", 90, 95, 89, 1_001),
        snapshot(6, 1_000),
        snapshot(93, 1_002),
    )
    assert symbols_with_a_book(path) == {"BTCUSDT": [6], "ETHUSDT": [95]}


def test_a_named_snapshot_goes_to_its_symbol(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.gz",
        diff("BTCUSDT", 5, 6, 4, 1_000),
        diff("ETHUSDT", 5, 6, 4, 1_001),
        snapshot(6, 1_000, symbol="BTCUSDT"),
    )
    assert symbols_with_a_book(path) == {"BTCUSDT": [6]}


def test_only_the_wanted_symbols_are_read(tmp_path: Path) -> None:
    path = write(tmp_path / "x.gz", trade("BTCUSDT", 1, 1_000), trade("ETHUSDT", 1, 1_000))
    records = list(market_records(path, Settings(), ["ethusdt"]))
    assert {r.symbol for r in records if isinstance(r, Trades)} == {"ETHUSDT"}

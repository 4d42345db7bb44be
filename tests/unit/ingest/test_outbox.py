"""The bounded, ordered queue in front of the broker."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from ingest.publish.log_tail import found_in
from ingest.publish.outbox import ENTRY_OVERHEAD_BYTES, Entry, Outbox


def entry(value: bytes, key: bytes | None = b"k", topic: str = "t") -> Entry:
    return Entry(topic, key, value, 0.0)


def test_what_does_not_fit_is_refused_and_what_must_go_is_taken() -> None:
    outbox = Outbox(2 * (ENTRY_OVERHEAD_BYTES + 1))
    first = entry(b"1")
    assert outbox.put(first)
    assert outbox.put(entry(b"2"))
    assert not outbox.put(entry(b"3"))
    assert outbox.put(entry(b"4"), bypass_limit=True)
    assert (outbox.refused, len(outbox), outbox.is_roomy) == (1, 3, False)
    taken = [outbox.take() for _ in range(4)]
    assert [t.value if t else None for t in taken] == [b"1", b"2", b"4", None]
    assert outbox.bytes == 3 * first.size
    for one in taken[1:3]:
        assert one is not None
        outbox.settle(one)
    assert (outbox.bytes, outbox.is_roomy) == (first.size, True)


def test_what_was_taken_and_not_settled_is_taken_again_in_its_order() -> None:
    outbox = Outbox(1 << 20)
    for value in (b"1", b"2", b"3", b"4"):
        outbox.put(entry(value))
    taken = [outbox.take() for _ in range(3)]
    assert taken[1] is not None
    outbox.settle(taken[1])
    assert outbox.rewind() == 2
    again = [outbox.take() for _ in range(3)]
    assert [one.value for one in again if one is not None] == [b"1", b"3", b"4"]


@given(st.integers(0, 2**32), st.integers(1, 80))
def test_whatever_happens_every_entry_is_settled_once_and_in_order(seed: int, count: int) -> None:
    random, outbox = Random(seed), Outbox(1 << 20)
    coming = [entry(b"%d" % number) for number in range(count)]
    sent: list[Entry] = []
    log: list[Entry] = []
    left = list(reversed(coming))
    while len(log) < count:
        match random.choice(("put", "take", "settle", "fail")):
            case "put" if left:
                assert outbox.put(left.pop())
            case "take":
                taken = outbox.take()
                if taken is not None:
                    sent.append(taken)
            case "settle" if sent:
                # A broker writes the beginning of what was sent.
                settled = sent.pop(0)
                log.append(settled)
                outbox.settle(settled)
            case "fail":
                outbox.rewind()
                sent.clear()
            case _:
                pass
    assert log == coming
    assert (outbox.bytes, len(outbox)) == (0, 0)


def test_of_each_key_the_written_beginning_is_found() -> None:
    entries = [
        entry(b"1", b"a"),
        entry(b"1", b"b"),
        entry(b"2", b"a"),
        entry(b"2", b"a"),
        entry(b"3", b"a"),
        entry(b"9", None, "letters"),
    ]
    written = [
        ("t", b"a", b"0"),
        ("t", b"a", b"1"),
        ("t", b"other", b"1"),
        ("t", b"a", b"2"),
        ("u", b"b", b"1"),
        ("letters", None, b"9"),
    ]
    assert found_in(written, entries) == [entries[0], entries[2], entries[5]]

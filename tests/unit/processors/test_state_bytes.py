"""States are compressed the fast way, large ones the small way, and those of earlier releases are
read."""

import random
import zlib

import lz4.frame
import pytest

from processors.state_bytes import LARGE_BYTES, compress, uncompress


def figures(count: int) -> bytes:
    """Return what compresses like the figures of a state: by two thirds with deflate."""
    seeded = random.Random(count)
    return "".join(f"{seeded.randrange(10**6)},00000," for _ in range(count)).encode()


def test_a_state_is_compressed_by_lz4() -> None:
    packed = figures(1_000)
    raw = compress(packed)
    assert lz4.frame.decompress(raw) == uncompress(raw) == packed


def test_a_large_state_is_compressed_the_small_way() -> None:
    packed = figures(120_000)
    by_lz4 = len(lz4.frame.compress(packed))
    assert by_lz4 > LARGE_BYTES, "then the state is not large"
    raw = compress(packed)
    assert len(raw) < 0.7 * by_lz4
    assert uncompress(raw) == packed


@pytest.mark.parametrize("packed", [b"", b"x", figures(1_000)])
def test_what_earlier_releases_wrote_is_read(packed: bytes) -> None:
    assert uncompress(zlib.compress(packed, level=3)) == packed


@pytest.mark.parametrize("raw", [b"", b"no state", zlib.compress(figures(9))[:-2]])
def test_bytes_of_neither_kind_are_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        uncompress(raw)


@pytest.mark.parametrize("at", [0, 1, 7, 40, -3])
def test_a_state_that_was_changed_on_its_way_is_refused(at: int) -> None:
    raw = bytearray(compress(figures(100)))
    raw[at] ^= 0x55
    with pytest.raises(ValueError, match=r"."):
        uncompress(bytes(raw))


def test_a_state_that_was_cut_off_is_refused() -> None:
    raw = compress(figures(1_000))
    for kept in (4, 20, len(raw) // 2, len(raw) - 1):
        with pytest.raises(ValueError, match=r"."):
            uncompress(raw[:kept])

"""The least that any local book must do: decode each depth frame and apply it to a dict a side."""

import gzip
from pathlib import Path

import msgspec


class Levels(msgspec.Struct):
    """The levels of an update as numbers."""

    b: list[tuple[float, float]]
    a: list[tuple[float, float]]


class Frame(msgspec.Struct):
    """A depth frame as it comes on a combined stream."""

    data: Levels


def depth_frames(capture: Path) -> list[bytes]:
    """Return the depth frames of a capture of Binance."""
    with gzip.open(capture) as lines:
        return [line.split(b" ", 1)[1] for line in lines if b'"depthUpdate"' in line]


def frame_decoder() -> msgspec.json.Decoder[Frame]:
    """Return a decoder that reads numbers from text."""
    return msgspec.json.Decoder(Frame, strict=False)


def two_dicts(frames: list[bytes]) -> float:
    """Keep two dicts, with no order and no best bid before the end; return that one."""
    decoder = frame_decoder()
    bids: dict[float, float] = {}
    asks: dict[float, float] = {}
    for raw in frames:
        frame = decoder.decode(raw).data
        for book, levels in ((bids, frame.b), (asks, frame.a)):
            for price, qty in levels:
                if qty:
                    book[price] = qty
                else:
                    book.pop(price, None)
    return max(bids)

"""Reads a whole capture once before playback: its symbols and streams, and whether it is intact."""

import zlib
from collections import defaultdict
from dataclasses import dataclass, field
from math import gcd
from pathlib import Path
from re import fullmatch
from typing import Final

from ingest.capture import cut_off
from ingest.errors import FrameError
from ingest.exchange.capture.frames import (
    CapturedFrame,
    CapturedSnapshot,
    Diff,
    known_frame,
    parse_diff,
    parse_head,
    parse_line,
)
from ingest.exchange.capture.lines import read_lines
from ingest.exchange.dialect import DIALECTS, Dialect
from ingest.exchange.errors import ExchangeError
from ingest.feeds.quote_rates import is_price_line, read_price
from schemas.units import LATEST_MS

_SAMPLED_FRAMES = 100
"""Frames sampled per stream to derive tick size and lot size."""
KEPT_SNAPSHOT_BYTES: Final = 64 << 20
"""Most memory of the snapshots that are kept to be served before their place is reached."""


@dataclass(slots=True)
class Grid:
    """Decimals and smallest step of a field's values."""

    decimals: int = 0
    units: int = 0
    """Greatest common divisor of the values, in units of the last decimal."""

    def add(self, figure: str) -> None:
        """Take one value into account; anything but a plain number is ignored."""
        whole, _, fraction = figure.partition(".")
        digits = whole + fraction
        if not digits.isascii() or not digits.isdigit():
            return
        if len(fraction) > self.decimals:
            self.units *= 10 ** (len(fraction) - self.decimals)
            self.decimals = len(fraction)
        self.units = gcd(self.units, int(digits) * 10 ** (self.decimals - len(fraction)))

    @property
    def step(self) -> str:
        """The step as the venue writes it, for example `0.10`."""
        return f"{max(1, self.units) / 10**self.decimals:.{self.decimals}f}"


@dataclass(slots=True)
class SymbolIndex:
    """What a capture holds of one symbol."""

    frames: dict[str, int] = field(default_factory=dict)
    """Kind of stream (for example `depth@0ms`, `trade`) → number of frames."""
    snapshots: int = 0
    price: Grid = field(default_factory=Grid)
    qty: Grid = field(default_factory=Grid)
    readable_diffs: int = 0
    """Sampled depth frames that are valid diffs of the configured venue."""
    venues: set[str] = field(default_factory=set)
    """Other venues whose format the sampled frames match."""
    in_other_units: int = 0
    """Sampled depth frames whose time is not in milliseconds."""
    first_event_ms: int = 0
    first_price: float = 0.0

    @property
    def has_depth(self) -> bool:
        """Whether there are valid depth diffs."""
        return self.readable_diffs > 0

    @property
    def has_depth_frames(self) -> bool:
        """Whether there are depth frames, valid or not."""
        return any(kind.partition("@")[0] == "depth" for kind in self.frames)

    @property
    def trade_kinds(self) -> tuple[str, ...]:
        """Kinds of trade stream a client may ask for; `trade` frames stand in for `aggTrade`."""
        if "aggTrade" in self.frames:
            return ("aggTrade", "trade") if "trade" in self.frames else ("aggTrade",)
        return ("trade", "aggTrade") if "trade" in self.frames else ()


@dataclass(frozen=True, slots=True)
class CaptureIndex:
    """What a capture holds."""

    path: Path
    symbols: dict[str, SymbolIndex]
    lines: int
    snapshot_symbols: tuple[str, ...]
    """The symbol of each snapshot line, in their order."""
    packed_snapshots: tuple[bytes, ...] = ()
    """The first of these lines, each deflated, up to KEPT_SNAPSHOT_BYTES."""
    prices: dict[str, str] = field(default_factory=dict)
    """The first captured price of each pair that links a quote currency to the dollar."""
    notices: tuple[str, ...] = ()
    """Warnings about the file, for the user."""

    def chosen(self, wanted: tuple[str, ...]) -> tuple[str, ...]:
        """Return the symbols to play: those wanted, else all. Raises ExchangeError for a symbol
        that is not in the capture."""
        for symbol in wanted:
            if symbol not in self.symbols:
                held = ", ".join(sorted(self.symbols))
                raise ExchangeError(f"symbol {symbol}: not in capture {self.path}; it holds {held}")
        if wanted:
            return wanted
        # A symbol without depth is a stray frame, unless no symbol has depth.
        symbols = sorted(name for name, entry in self.symbols.items() if entry.frames)
        with_book = [name for name in symbols if self.symbols[name].has_depth]
        return tuple(with_book or symbols)


def index_capture(path: Path, dialect: Dialect) -> CaptureIndex:
    """Read the whole file. Raises ExchangeError if it is missing, corrupt or holds no frames."""
    symbols: defaultdict[str, SymbolIndex] = defaultdict(SymbolIndex)
    snapshots: list[CapturedSnapshot] = []
    packed: list[bytes] = []
    room = KEPT_SNAPSHOT_BYTES
    lines = 0
    notices: list[str] = []
    prices: dict[str, str] = {}
    for line in read_lines(path, lambda path, lines: notices.append(cut_off(path, lines))):
        lines += 1
        frame = known_frame(line.payload)
        if frame is not None:
            entry = symbols[frame.symbol]
            if entry.frames.get(frame.kind, 0) >= _SAMPLED_FRAMES:
                # This stream is sampled enough; from here on only the file's integrity is checked.
                entry.frames[frame.kind] += 1
                continue
        if is_price_line(line.payload):
            _note_price(prices, line.payload)
            continue
        parsed = parse_line(line.payload, dialect)
        if isinstance(parsed, CapturedFrame):
            entry = symbols[parsed.symbol]
            entry.frames[parsed.kind] = entry.frames.get(parsed.kind, 0) + 1
            _sample(entry, parsed, dialect)
        elif isinstance(parsed, CapturedSnapshot):
            snapshots.append(parsed)
            if room > 0:
                packed.append(zlib.compress(line.payload, level=1))
                room -= len(packed[-1])
    if not any(entry.frames for entry in symbols.values()):
        raise ExchangeError(f"capture {path}: holds no stream frames; is it a wallwatch capture?")
    with_depth = [name for name, entry in symbols.items() if entry.has_depth_frames]
    if with_depth and not any(entry.has_depth for entry in symbols.values()):
        raise _foreign(path, with_depth[0], symbols[with_depth[0]], dialect)
    owners = tuple(_owner(snapshot, symbols) for snapshot in snapshots)
    for owner, snapshot in zip(owners, snapshots, strict=True):
        symbols[owner].snapshots += 1
        _sample_levels(symbols[owner], snapshot)
    return CaptureIndex(path, dict(symbols), lines, owners, tuple(packed), prices, tuple(notices))


def _note_price(prices: dict[str, str], payload: bytes) -> None:
    try:
        pair, price = read_price(payload)
    except FrameError:
        # A reader of the file tells of it.
        return
    prices.setdefault(pair, repr(price))


def _foreign(path: Path, symbol: str, entry: SymbolIndex, dialect: Dialect) -> ExchangeError:
    """Return the error for a capture whose depth frames are another venue's, or in another unit."""
    if entry.in_other_units:
        return ExchangeError(
            f"capture {path}: the times of {symbol} are not in milliseconds; give a capture whose "
            "times are those of the venue's streams by default"
        )
    cure = f"give a capture of {dialect.venue}"
    if entry.venues:
        cure = f"choose the venue: --venue {' or '.join(sorted(entry.venues))}"
    return ExchangeError(
        f"capture {path}: the depth frames of {symbol} are not those of {dialect.venue}; {cure}"
    )


def _sample(entry: SymbolIndex, frame: CapturedFrame, dialect: Dialect) -> None:
    if frame.is_depth:
        diff = parse_diff(frame.data, dialect)
        if diff is None:
            entry.venues.update(
                name
                for name, other in DIALECTS.items()
                if not other.is_streamed
                and fullmatch(other.symbol_pattern, frame.symbol)
                and parse_diff(frame.data, other)
            )
        elif diff.event_ms >= LATEST_MS:
            # One of them is a stray frame; where there are no others, the capture is of no use.
            entry.in_other_units += 1
        elif diff.symbol == frame.symbol:
            entry.readable_diffs += 1
            entry.first_event_ms = entry.first_event_ms or diff.event_ms
            _sample_levels(entry, diff)
    elif frame.kind in ("trade", "aggTrade"):
        head = parse_head(frame.data)
        entry.price.add(head.price)
        entry.qty.add(head.qty)


def _sample_levels(entry: SymbolIndex, source: Diff | CapturedSnapshot) -> None:
    for price, qty in (*source.bids, *source.asks):
        entry.price.add(price)
        entry.qty.add(qty)
    if not entry.first_price and source.bids:
        # The best bid of a snapshot; in a diff the highest changed bid, near enough to tell
        # symbols apart.
        entry.first_price = max(float(price) for price, _ in source.bids)


def _owner(snapshot: CapturedSnapshot, symbols: dict[str, SymbolIndex]) -> str:
    """Return the symbol that the snapshot names, else the one whose prices are nearest."""
    if snapshot.symbol:
        return snapshot.symbol
    best = float(snapshot.bids[0][0]) if snapshot.bids else 0.0
    with_depth = [name for name, entry in symbols.items() if entry.has_depth] or list(symbols)
    return min(with_depth, key=lambda name: abs(symbols[name].first_price - best))

"""What the parsers of several venues share."""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeVar

import msgspec

from ingest.errors import UNREADABLE, FrameError
from ingest.venues.events import TradeRun, TradeUpdate
from ingest.venues.listing import BrokenListing, Listed, ListingPage
from schemas.market import TakerSide, Trade
from schemas.units import EARLIEST_MS

T = TypeVar("T")

LARGEST: Final = 1e17
"""Above every price, quantity and time (ms) of a market."""

_SIDES = {"buy": TakerSide.BUY, "sell": TakerSide.SELL}
_HEX = re.compile(r"[0-9a-fA-F]{15}")
_LONGEST_NAME = 40


def decoder(kind: type[T]) -> msgspec.json.Decoder[T]:
    """Return a decoder that reads numbers from text, as venues write them."""
    return msgspec.json.Decoder(kind, strict=False)


def taker_of(side: str) -> TakerSide:
    """Return the side of the taker. Raises msgspec.ValidationError."""
    taker = _SIDES.get(side.lower())
    if taker is None:
        raise msgspec.ValidationError(f"side {side[:_LONGEST_NAME]!r} is neither buy nor sell")
    return taker


def trade_of(number: int, time: int, price: float, qty: float, side: str) -> Trade:
    """Return a trade of `time` (ms). Raises msgspec.ValidationError for an unknown side."""
    return Trade(number, time, price, qty, taker_of(side))


def check_unit(time: int, sent_time: int) -> None:
    """Check the time of what happened against that of its frame, ms. Raises
    msgspec.ValidationError for seconds: a trade of such a time would only be late, and flow
    silently wrong."""
    if time < EARLIEST_MS <= sent_time:
        raise msgspec.ValidationError(
            f"time {time} is not in milliseconds, as {sent_time} of the same frame is"
        )


def run_of(trades: Sequence[TradeUpdate]) -> TradeRun:
    """Return the trades of one frame, at least one. Raises msgspec.ValidationError where they are
    of several symbols."""
    if len({trade.symbol for trade in trades}) != 1:
        raise msgspec.ValidationError("trades of several symbols in one frame")
    return TradeRun(trades[0].symbol, tuple(trades))


def hex_number(name: str) -> int:
    """Return the first 60 bits of a UUID. Raises msgspec.ValidationError."""
    digits = name.replace("-", "")[:15]
    if not _HEX.fullmatch(digits):
        raise msgspec.ValidationError(f"{name[:_LONGEST_NAME]!r} is no UUID")
    return int(digits, 16)


def number_or_none(text: str) -> float | None:
    """Return a finite number, None for empty text. Raises msgspec.ValidationError."""
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise msgspec.ValidationError(f"{text[:_LONGEST_NAME]!r} is not a number")
    return number


def amount_or_none(text: str) -> float | None:
    """Return a price, quantity or time, None for empty text. Raises msgspec.ValidationError."""
    amount = number_or_none(text)
    if amount is not None and not 0 <= amount < LARGEST:
        raise msgspec.ValidationError(f"{text[:_LONGEST_NAME]!r} is out of range")
    return amount


def each_entry(
    entries: Iterable[msgspec.Raw], parse: Callable[[bytes], Listed], what: str, cursor: str
) -> ListingPage:
    """Return a page of a listing; an entry that cannot be parsed costs itself alone.

    Raises FrameError if none can be parsed.
    """
    listed: list[Listed] = []
    broken: list[BrokenListing] = []
    for entry in entries:
        raw = bytes(entry)
        try:
            listed.append(parse(raw))
        except UNREADABLE as error:
            broken.append(BrokenListing(_name_of(raw), f"{what}: {error}", raw))
    if broken and not listed:
        raise FrameError(f"{broken[0].reason}, and so are all {len(broken)} entries")
    return ListingPage(tuple(listed), tuple(broken), cursor)


def _name_of(raw: bytes) -> str:
    try:
        document: Any = msgspec.json.decode(raw)
        name = document.get("symbol", document.get("instId", ""))
    except (*UNREADABLE, AttributeError):
        return ""
    return name if isinstance(name, str) else ""

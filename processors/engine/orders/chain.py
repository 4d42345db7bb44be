"""Orders that follow each other: one intention that is quoted again and again.

An order that comes within `gap_ms` of the pull of one of its side, of about its size and about as
far from mid, is the next link of its chain. Links that were too short-lived to be reported count
too. Who quotes both sides like that makes a market; see `both_sides`.
"""

import msgspec

from processors.engine.plain_sum import plain_sum
from schemas.settings import ChainSettings
from schemas.signals import Side


class Link(msgspec.Struct, frozen=True):
    """The place of one order in its chain; an order alone is the first link of its own."""

    chain_id: str
    """Id of the order that began the chain."""
    length: int
    """Number of this link, from 1."""
    first_seen: int
    """When the chain began, ms."""
    side: Side


class PulledLink(msgspec.Struct, frozen=True):
    """A link that was taken back, and may be followed by another one."""

    link: Link
    time: int
    """When it was taken back, ms."""
    usd: float
    """Its largest notional."""
    distance_bps: float
    """From mid, when it was first seen."""


class Birth(msgspec.Struct, frozen=True, gc=False):
    """A level that came, large enough to be a market maker's quote on that side."""

    time: int
    side: Side
    usd: float
    distance_bps: float


class ChainMemory(msgspec.Struct):
    """The links of one symbol that were pulled lately, oldest first."""

    pulled: list[PulledLink] = []
    """May still be followed; each by one order only."""
    quoted: list[PulledLink] = []
    """The last link of each chain that was continued lately; followed ones included."""
    births: list[Birth] = []
    """What came on either side lately, from the size of a piece on."""

    def follow(
        self, side: Side, usd: float, distance_bps: float, now: int, settings: ChainSettings
    ) -> Link | None:
        """Return the link that an order born at `now` (ms) is in the chain of a pulled one.

        None if it follows none. Of several the nearest in size is taken, then the newest.
        """
        self._forget(now, settings)
        told_since, since = now - settings.told_gap_ms, now - settings.gap_ms
        fitting = [
            pulled
            for pulled in self.pulled
            if pulled.link.side is side
            and pulled.time >= (told_since if pulled.link.length >= settings.links else since)
            and _is_like(usd, pulled.usd, settings.size_tolerance)
            and abs(distance_bps - pulled.distance_bps)
            <= max(settings.distance_tolerance * pulled.distance_bps, settings.distance_min_bps)
        ]
        if not fitting:
            return None
        before = min(fitting, key=lambda pulled: (abs(usd - pulled.usd), -pulled.time))
        self.pulled.remove(before)
        link = before.link
        return Link(link.chain_id, link.length + 1, link.first_seen, side)

    def pull(
        self, link: Link, usd: float, distance_bps: float, now: int, settings: ChainSettings
    ) -> None:
        """Note that a link was taken back untraded at `now` (ms)."""
        self._forget(now, settings)
        pulled = PulledLink(link, now, usd, distance_bps)
        self.pulled.append(pulled)
        del self.pulled[: -settings.max_links]
        if link.length > 1:
            self.quoted = [other for other in self.quoted if other.link.chain_id != link.chain_id]
            self.quoted.append(pulled)
            del self.quoted[: -settings.max_links]

    def note_birth(self, birth: Birth, settings: ChainSettings) -> None:
        """Note a level that came."""
        self.births.append(birth)
        del self.births[: -settings.max_births]

    def both_sides(
        self, side: Side, usd: float, distance_bps: float, now: int, settings: ChainSettings
    ) -> bool:
        """Tell whether the other side is quoted in the same way at the same time: by a chain of
        like size, or by levels of like size and distance that keep coming."""
        self._forget(now, settings)
        tolerance = settings.two_sided_tolerance
        if any(
            other.link.side is not side and _is_like(usd, other.usd, tolerance)
            for other in self.quoted
        ):
            return True
        mirrored = plain_sum(
            birth.side is not side
            and _is_like(birth.usd, usd, tolerance)
            and abs(birth.distance_bps - distance_bps)
            <= max(tolerance * distance_bps, settings.distance_min_bps)
            for birth in self.births
        )
        return mirrored >= settings.two_sided_births

    def clear(self) -> None:
        """Forget everything: the book was lost, and what came of the orders is unknown."""
        self.pulled.clear()
        self.quoted.clear()
        self.births.clear()

    def _forget(self, now: int, settings: ChainSettings) -> None:
        _drop_before(self.pulled, now - max(settings.gap_ms, settings.told_gap_ms))
        _drop_before(self.quoted, now - settings.two_sided_ms)
        _drop_before(self.births, now - settings.two_sided_ms)


def _drop_before(entries: list[PulledLink] | list[Birth], time: int) -> None:
    """Drop the entries, oldest first, from before `time` (ms)."""
    while entries and entries[0].time < time:
        del entries[0]


def _is_like(usd: float, other: float, tolerance: float) -> bool:
    """Tell whether a notional is within a share of another one."""
    return abs(usd - other) <= tolerance * other

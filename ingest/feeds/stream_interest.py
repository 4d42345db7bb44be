"""Open interest from streams: partial figures are put together and published at an interval. Pure.

A figure that a frame leaves out is unchanged, so what was known is forgotten with the connection.
"""

from ingest.venues.events import Ticker
from schemas.market import OpenInterest

BOTH_SIDES = 2
"""A contract has two sides; other venues count one."""


class StreamInterest:
    """The newest figures of one symbol."""

    __slots__ = ("_interval_ms", "_known", "_published", "_symbol", "_venue")

    def __init__(self, venue: str, symbol: str, interval_s: float) -> None:
        """`interval_s`: shortest time between two records, in the venue's time."""
        self._venue, self._symbol = venue, symbol
        self._interval_ms = interval_s * 1_000
        self._known = Ticker(symbol, 0, is_whole=True)
        self._published = 0

    def forget(self) -> None:
        """The connection ended: what the next frame leaves out is unknown."""
        self._known = Ticker(self._symbol, 0, is_whole=True)

    @property
    def mark_price(self) -> float | None:
        """The newest mark price."""
        return self._known.mark_price

    def take(self, ticker: Ticker, received_us: int) -> OpenInterest | None:
        """Take a frame; return the record that is due, None if there is none."""
        known = self._known
        told = {name: value for name, value in ticker._asdict().items() if value is not None}
        self._known = known = ticker if ticker.is_whole else known._replace(**told)
        interest = known.open_interest
        if interest is None and known.open_interest_both is not None:
            interest = known.open_interest_both / BOTH_SIDES
        is_due = ticker.event_time >= self._published + self._interval_ms
        if interest is None or not is_due or ticker.event_time <= self._published:
            return None
        self._published = ticker.event_time
        return OpenInterest(
            venue=self._venue,
            symbol=self._symbol,
            event_time=ticker.event_time,
            received_us=received_us,
            open_interest=interest,
            mark_price=known.mark_price,
            funding_rate=known.funding_rate,
            next_funding_time=known.next_funding_time,
        )

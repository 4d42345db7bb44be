"""What the venues share that send everything on one kind of connection, books and open interest
included."""

from collections.abc import Callable, Mapping
from typing import Final

from ingest.errors import FrameError
from ingest.venues.events import PolledInterest
from ingest.venues.rest_rules import RestRequest
from ingest.venues.stream_rules import StreamRoute

MAX_CONNECTION_S: Final = 23.5 * 3_600
"""Connections are replaced once a day where the venue states no limit."""


class StreamedVenue:
    """Base of a description, which adds frames, requests and the sequence rule."""

    weight_header = ""
    budget = ""
    max_connection_s = MAX_CONNECTION_S
    depth_tells_time = True
    """Depth and trades come on one connection."""
    closed_s: Mapping[int, float] = {}

    def __init__(self, route: StreamRoute, interest_kind: str) -> None:
        """`route`: its first kind is the book; `interest_kind` the one with open interest, where
        the market has any."""
        self._route = route
        self._interest_kind = interest_kind
        self.routes = (route,)

    def depth_stream(self, symbol: str) -> str:
        """The stream of the book."""
        return self._route.streams(symbol)[0]

    def interest_stream(self, symbol: str) -> str:
        """The stream that tells open interest, or would."""
        return self._route.named(self._interest_kind, symbol)

    def stream_begun(self, raw: bytes, at: int) -> bytes:
        """Empty: a frame names its stream anywhere."""
        return b""

    @property
    def is_unused(self) -> Callable[[bytes, int], object]:
        """Nothing is: no stream is subscribed to whose frames are not read."""
        return lambda raw, at: False

    def is_depth_answer(self, raw: bytes) -> bool:
        """Whether a line of a capture is the answer to a depth request: never by default."""
        return False

    def parse_interest(self, raw: bytes) -> PolledInterest:
        """Raises FrameError: open interest comes on a stream."""
        raise FrameError("open interest: it comes on a stream")

    def depth_request(self, symbol: str) -> RestRequest | None:
        """None: a lost book is subscribed to anew."""
        return None

    def interest_request(self, symbol: str) -> RestRequest | None:
        """None."""
        return None

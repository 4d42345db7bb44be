"""Errors of the built-in exchange."""


class ExchangeError(Exception):
    """The exchange cannot start or continue; one line that names the field and the cure."""


class VenueError(Exception):
    """A REST request that the venue would refuse, in the venue's own terms."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        """The venue's error code, for example -1121."""
        self.message = message
        self.status = status
        """HTTP status."""

"""What a client cannot do."""


class ClientError(Exception):
    """The page or the broker does not answer, or refuses; one line names the cure."""

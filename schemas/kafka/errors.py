"""What can be wrong with the topics of a broker."""


class TopicError(Exception):
    """Topics are missing, have another shape or cannot be made; one line names the cure."""

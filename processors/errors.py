"""Failures that end the worker."""


class WorkerError(Exception):
    """The worker cannot run; the message is one line that names the thing and the cure."""

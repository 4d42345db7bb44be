"""What a user can get wrong."""

from typing import Final

INTERRUPTED_EXIT_CODE: Final = 130
"""What a shell reports of a command that Ctrl-C ended."""


class UserError(Exception):
    """Ends a command with its message as one line on stderr: what is wrong, and the cure."""

    exit_code: int = 1


class UsageError(UserError):
    """The command line itself is wrong."""

    exit_code = 2

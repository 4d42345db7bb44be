"""Which symbols to follow: the configured ones, modified by later commands. Pure."""

from collections.abc import Iterable, Sequence

from schemas.control import WatchAction, WatchCommand


class WatchList:
    """The configured symbols, overridden by the newest command of each symbol."""

    def __init__(self, venue: str, configured: Sequence[str]) -> None:
        self._venue = venue
        self._configured = tuple(configured)
        self._commands: dict[str, WatchAction] = {}

    def configure(self, symbols: Sequence[str]) -> None:
        """Replace the configured symbols; commands stay in force."""
        self._configured = tuple(symbols)

    def take(self, command: WatchCommand) -> bool:
        """Apply a command; False if it is for another venue."""
        if command.venue != self._venue:
            return False
        symbol = command.symbol.upper()
        # Reinserted, so that the order is that of the newest commands.
        self._commands.pop(symbol, None)
        self._commands[symbol] = command.action
        return True

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols to follow, the configured ones first."""
        added = (s for s, action in self._commands.items() if action is WatchAction.ADD)
        wanted = dict.fromkeys((*self._configured, *added))
        return tuple(s for s in wanted if self._commands.get(s) is not WatchAction.REMOVE)


def changes(now: Iterable[str], wanted: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the symbols to add to and to remove from `now`."""
    now_set, wanted_list = set(now), list(wanted)
    added = [symbol for symbol in wanted_list if symbol not in now_set]
    return added, sorted(now_set - set(wanted_list))

"""Whether the store answers, asked only where writing has not just shown it."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from typing import Any, Final

from processors.ops.shared_call import SharedCall

FRESH_S: Final = 3.0
"""A write that succeeded no longer ago than this is proof enough."""
ANSWER_S: Final = 2.0


class StoreProbe:
    """Remembers when the store last answered."""

    def __init__(self, ping: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._asked = SharedCall(ping)
        self._answered_s: float | None = None

    def note_answer(self) -> None:
        """The store has just taken something."""
        self._answered_s = time.monotonic()

    async def check(self) -> None:
        """Return if the store answers. Raises OSError when it is silent, or what the ping raises.

        Waits behind a batch that is being written: one thread talks to the store.
        """
        if self._answered_s is not None and time.monotonic() - self._answered_s < FRESH_S:
            return
        try:
            await self._asked.ask(ANSWER_S)
        except TimeoutError:
            raise OSError(f"no answer for {ANSWER_S:g} s") from None
        self.note_answer()

    def close(self) -> None:
        """Ask no longer."""
        self._asked.cancel()

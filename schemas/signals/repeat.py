"""How long a market in which nothing changes goes without a row."""

from typing import Final

BOOK_REPEAT_MS: Final = 20_000
"""`book_1s`: a second that is as the one told last is left out, but for one in so many ms."""
FLOW_REPEAT_MS: Final = 60_000
"""The same of bars of a second: no trade, and CVD and open interest as before."""

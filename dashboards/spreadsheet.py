"""Text that a spreadsheet would run as a formula, made harmless in CSV.

Names of symbols and messages come from outside. A cell that begins with one of these characters is
evaluated by spreadsheets; an apostrophe before it makes it text. Numbers stay numbers.

Source: https://owasp.org/www-community/attacks/CSV_Injection
"""

from __future__ import annotations

import re
from typing import Final

FORMULA_STARTS: Final = "=+-@\t\r"
_QUOTED_START: Final = re.compile(rb'(^|[,\n])"(?=[=+\-@\t\r])')
"""An opening quote before such a character: inside of quoted text a quote is doubled, so that none
stands alone between a comma or the end of a line and it."""


def harmless(text: str) -> str:
    """Return a cell of text as no spreadsheet evaluates it."""
    return f"'{text}" if text.startswith(tuple(FORMULA_STARTS)) else text


def harmless_csv(document: bytes) -> bytes:
    """Return CSV whose text is quoted and whose numbers are not, as ClickHouse writes it, with the
    text made harmless."""
    return _QUOTED_START.sub(rb"""\1"'""", document)

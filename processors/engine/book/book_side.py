"""One side of a local order book: compiled where that could be built, else in Python."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from processors.engine.book.sides.plain import BookSide
else:
    try:
        from processors.engine.book.sides.compiled import BookSide
    except ImportError:
        from processors.engine.book.sides.plain import BookSide

__all__ = ["IS_COMPILED", "BookSide"]

IS_COMPILED: Final = not BookSide.__module__.endswith(".plain")

"""Ends a round of fuzzing when its time is over, also within a test of thousands of examples."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

import pytest
from hypothesis.errors import HypothesisException

OVER: Final = "its time is over"


class TimeLimit:
    """A plugin for pytest. Each test gets an equal share of the time that is left; what it does not
    need goes to the later ones. Past its share a test is skipped.

    A test that has failed goes on, so that its smallest failing input is found.
    """

    def __init__(self, end_s: float) -> None:
        """`end_s`: of the monotonic clock."""
        self._end_s = end_s
        self._test_end_s = end_s
        self._tests_left = 0
        self._bounded: set[int] = set()

    @property
    def is_over(self) -> bool:
        """Whether the time of all tests is over."""
        return time.monotonic() >= self._end_s

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Bound the examples of every property."""
        self._tests_left = len(items)
        for item in items:
            handle = getattr(getattr(item, "obj", None), "hypothesis", None)
            # The cases of a parametrised test share one function.
            if handle is not None and id(handle) not in self._bounded:
                self._bounded.add(id(handle))
                handle.inner_test = self.bounded(handle.inner_test)

    def pytest_runtest_setup(self) -> None:
        """Give a test its share; skip what would begin too late."""
        if self.is_over:
            pytest.skip(OVER)
        now_s = time.monotonic()
        self._test_end_s = now_s + (self._end_s - now_s) / max(1, self._tests_left)
        self._tests_left -= 1

    def bounded(self, test: Callable[..., Any]) -> Callable[..., Any]:
        """Return a test of one example, the last one past the end unless one has failed."""
        failed = False

        @wraps(test)
        def within_time(*values: Any, **named: Any) -> Any:
            nonlocal failed
            try:
                result = test(*values, **named)
            except HypothesisException:
                raise
            except Exception:
                failed = True
                raise
            if time.monotonic() >= self._test_end_s and not failed:
                # Ends the search, too. Not before the example: what it draws has to be the same.
                pytest.skip(OVER)
            return result

        return within_time

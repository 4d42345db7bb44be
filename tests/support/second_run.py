"""What failed once with real servers and passed when run again: told in full, and bounded."""

from typing import Final

import pytest

MAX_SECOND_RUNS: Final = 2
"""More of them in one call are no accident of a loaded machine: the call fails."""


def _failed_once(config: pytest.Config) -> list[pytest.TestReport]:
    """Return the reports of the failures that were run again."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return (
        list(reporter.stats.get("rerun", ()))
        if isinstance(reporter, pytest.TerminalReporter)
        else []
    )


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a call whose tests passed only because too many of them were run again."""
    if session.exitstatus == pytest.ExitCode.OK and (
        len(_failed_once(session.config)) > MAX_SECOND_RUNS
    ):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Show each failure that was run again as pytest shows one that was not."""
    failed = _failed_once(config)
    if not failed:
        return
    terminalreporter.section("failed once, run again")
    for report in failed:
        terminalreporter.section(f"{report.nodeid} ({report.when})", sep="_")
        terminalreporter.write_line(report.longreprtext)
    if len(failed) > MAX_SECOND_RUNS:
        terminalreporter.write_line(
            f"{len(failed)} tests failed once, at most {MAX_SECOND_RUNS} may: the call fails",
            red=True,
        )

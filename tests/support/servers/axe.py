"""axe-core, the accessibility checker that browsers run, from its npm package."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from selenium.webdriver import Chrome

from tests.support.paths import REPOSITORY
from tests.support.servers.availability import unavailable
from tests.support.servers.npm import NpmError, installed

PACKAGE: Final = "axe-core"
VERSION: Final = "4.10.3"
CACHE: Final = REPOSITORY / ".cache" / "npm-axe"
SERIOUS: Final = frozenset({"serious", "critical"})
_RUN: Final = """
const done = arguments[arguments.length - 1];
axe.run(document, { resultTypes: ["violations"] }).then(
  (found) => done(found.violations.map(({ id, impact, nodes }) => ({
    id, impact, nodes: nodes.map((node) => `${node.target.join(" ")}: ${node.failureSummary}`),
  }))),
  (error) => done([{ id: String(error), impact: "critical", nodes: [] }]),
);
"""


def axe_script() -> Path:
    """Return the checker's script; the test is skipped visibly where npm cannot give it."""
    try:
        return installed(PACKAGE, VERSION, CACHE) / "axe.min.js"
    except NpmError as error:
        unavailable(str(error))


def serious_findings(browser: Chrome) -> list[dict[str, Any]]:
    """Return what the checker calls serious or critical on the page that the browser shows."""
    browser.execute_script(axe_script().read_text(encoding="utf-8"))
    browser.set_script_timeout(60)
    found: list[dict[str, Any]] = browser.execute_async_script(_RUN)
    return [finding for finding in found if finding["impact"] in SERIOUS]

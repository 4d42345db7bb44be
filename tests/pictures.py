"""Takes the pictures of the documentation anew, of a running stack: `python -m tests.pictures`.

wallwatch up --demo --port 8080                       (for Markets: --assets BTC,ETH)
python -m tests.pictures http://127.0.0.1:8080 health phone-proof
"""

from __future__ import annotations

import argparse
import base64
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from selenium.webdriver import Chrome

from tests.support.paths import REPOSITORY
from tests.support.servers.browser import running_browser

FOLDER: Final = REPOSITORY / "docs" / "img"
DEADLINE_S: Final = 120.0
POLL_S: Final = 0.2
WIDTH: Final = 1400
PHONE: Final = (390, 844, 1.5)
"""Width and height, px, and device pixels of one."""
SHOWN: Final = """
const seen = (query) => [...document.querySelectorAll(query)].filter((one) => one.offsetParent
  && one.getBoundingClientRect().top < innerHeight);
return document.getElementById("connection").dataset.state === "live"
  && !document.body.hasAttribute("aria-busy")
  && !document.getElementById("notice")?.textContent
  && seen("[data-panel]").every((one) => one.dataset.rows !== undefined)
  && seen(".chart").every((one) => one.dataset.drawn);
"""
"""Whether everything that is in the picture has been read and drawn."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What is taken, under which name."""

    path: str
    height: int = 0
    """px, of a page of WIDTH; 0: the first screen of a phone."""


PICTURES: Final = {
    "alerts": Picture("/alerts", 1_200),
    "flow": Picture("/flow", 2_200),
    "health": Picture("/health", 2_300),
    "large-orders": Picture("/large-orders", 1_000),
    "markets": Picture("/markets?coin=BTC", 1_500),
    "proof": Picture("/proof?label=SPOOF", 1_220),
    "smart-money": Picture("/smart-money", 2_448),
    "sql": Picture("/sql", 1_250),
    "time": Picture("/time", 2_200),
    "phone": Picture("/large-orders"),
    "phone-alerts": Picture("/alerts"),
    "phone-flow": Picture("/flow"),
    "phone-health": Picture("/health"),
    "phone-markets": Picture("/markets?coin=BTC"),
    "phone-proof": Picture("/proof"),
    "phone-smart-money": Picture("/smart-money"),
    "phone-sql": Picture("/sql"),
    "phone-time": Picture("/time"),
}


def take(browser: Chrome, root: str, picture: Picture) -> bytes:
    """Return a PNG of a page once it is shown whole. Raises TimeoutError."""
    width, height, scale = (WIDTH, picture.height, 1.0) if picture.height else PHONE
    size = {"width": width, "height": height, "deviceScaleFactor": scale}
    size["mobile"] = not picture.height
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get(root + picture.path)
    deadline_s = time.monotonic() + DEADLINE_S
    while not browser.execute_script(SHOWN):
        if time.monotonic() > deadline_s:
            raise TimeoutError(f"{picture.path} is not shown whole after {DEADLINE_S:.0f} s")
        time.sleep(POLL_S)
    shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
    return base64.b64decode(shot["data"])


def main() -> None:
    """Take the named pictures, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", help="address of the running stack")
    parser.add_argument("names", nargs="*", default=[], help=", ".join(PICTURES))
    parser.add_argument("--out", type=Path, default=FOLDER)
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as profile,
        running_browser(Path(profile), "--hide-scrollbars") as browser,
    ):
        for name in chosen.names or PICTURES:
            png = take(browser, chosen.page.rstrip("/"), PICTURES[name])
            chosen.out.mkdir(parents=True, exist_ok=True)
            (chosen.out / f"{name}.png").write_bytes(png)
            sys.stderr.write(f"{name}.png: {len(png) // 1024} kB\n")


if __name__ == "__main__":
    main()

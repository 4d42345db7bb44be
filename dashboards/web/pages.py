"""The pages and what they are made of: files of this package, and the chart library."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import Final

from aiohttp import web

from dashboards.panels.colours import (
    ACTION_COLOURS,
    CLASS_COLOURS,
    GREEN,
    GREY,
    LEVEL_COLOURS,
    ORANGE,
    RED,
    STREAM_COLOURS,
    VENUE_COLOURS,
)

ASSETS: Final = Path(__file__).with_name("assets")
IMMUTABLE: Final = "public, max-age=31536000, immutable"
PLOTLY_PATH: Final = "/assets/plotly-{version}.min.js"


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its body is `assets/pages/<name>.html`, its script `<name>.js` beside it."""

    name: str
    title: str
    in_menu: bool = True

    @property
    def path(self) -> str:
        """Where it is served."""
        return f"/{self.name}"


PAGES: Final = (
    Page("large-orders", "Large orders"),
    Page("flow", "Flow"),
    Page("markets", "Markets"),
    Page("smart-money", "Smart money"),
    Page("time", "Time machine"),
    Page("alerts", "Alerts"),
    Page("proof", "Proof"),
    Page("health", "Health"),
    Page("sql", "SQL"),
    Page("api", "API", in_menu=False),
)


def add_pages(app: web.Application) -> None:
    """Serve the pages, their assets and the chart library."""
    for page in PAGES:
        app.router.add_get(page.path, _handler(page))
        if page.name == "large-orders":
            app.router.add_get(f"{page.path}/{{symbol}}", _handler(page))
    app.router.add_get("/", _to_first)
    app.router.add_get("/assets/colours.css", _colours)
    if (plotly := plotly_file()) is not None:
        app.router.add_get(plotly_url(), _plotly(plotly))
    app.router.add_static("/assets/", ASSETS)


def plotly_file() -> Path | None:
    """Return the chart library's script inside its installed package; None if there is none.

    The package itself is not imported: that takes tens of MB and a second.
    """
    spec = find_spec("plotly")
    if spec is None or not spec.submodule_search_locations:
        return None
    script = Path(spec.submodule_search_locations[0]) / "package_data" / "plotly.min.js"
    return script if script.is_file() else None


def plotly_url() -> str:
    """Return where the chart library is served: another version has another address."""
    try:
        return PLOTLY_PATH.format(version=version("plotly"))
    except PackageNotFoundError:
        return PLOTLY_PATH.format(version="missing")


@cache
def html(page: Page) -> str:
    """Return the text of a page."""
    menu = "".join(
        f'<a href="{other.path}"{_current(other, page)}>{other.title}</a>'
        for other in PAGES
        if other.in_menu
    )
    shell = Template((ASSETS / "shell.html").read_text(encoding="utf-8"))
    return shell.substitute(
        title=page.title,
        name=page.name,
        menu=menu,
        plotly=plotly_url(),
        body=(ASSETS / "pages" / f"{page.name}.html").read_text(encoding="utf-8"),
    )


def _current(other: Page, page: Page) -> str:
    return ' aria-current="page"' if other == page else ""


def _handler(page: Page) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def serve(_: web.Request) -> web.Response:
        return web.Response(text=html(page), content_type="text/html")

    return serve


def _plotly(script: Path) -> Callable[[web.Request], Awaitable[web.FileResponse]]:
    async def serve(_: web.Request) -> web.FileResponse:
        return web.FileResponse(
            script, headers={"Cache-Control": IMMUTABLE, "Content-Type": "text/javascript"}
        )

    return serve


def colours_css() -> str:
    """Return the colours of the panels as the names that styles and scripts use."""
    named = {
        **{f"class-{name}": colour for name, colour in CLASS_COLOURS.items()},
        **{f"action-{name}": colour for name, colour in ACTION_COLOURS.items()},
        **{f"level-{name}": colour for name, colour in LEVEL_COLOURS.items()},
        **{f"stream-{name}": colour for name, colour in STREAM_COLOURS.items()},
        **{f"venue-{name}": colour for name, colour in VENUE_COLOURS.items()},
        "buy": GREEN,
        "sell": RED,
        "lure": ORANGE,
        "unknown": GREY,
    }
    return ":root {" + "".join(f"--{name}:{colour};" for name, colour in named.items()) + "}\n"


async def _colours(_: web.Request) -> web.Response:
    return web.Response(text=colours_css(), content_type="text/css")


async def _to_first(_: web.Request) -> web.Response:
    raise web.HTTPFound(PAGES[0].path)

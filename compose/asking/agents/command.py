"""`wallwatch mcp`: agents ask a running page, over standard input and output."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import click

from compose.errors import UserError
from compose.options import config_option
from schemas.client.errors import ClientError
from schemas.client.page import PageApi, page_url
from schemas.settings import load_settings


@click.command("mcp")
@click.option(
    "--url",
    metavar="http://HOST:PORT",
    help="The page of a running stack, as `up` prints it; default: web.port on this machine.",
)
@config_option
def command(url: str | None, config: Path | None) -> None:
    """Serve the Model Context Protocol on standard input and output: tools that list symbols, read
    walls, tell an order's story, give the scorecard and answer SQL, and change nothing.

    \b
    wallwatch up --demo --port 8080
    wallwatch mcp --url http://127.0.0.1:8080

    An agent starts the second command itself; it needs the extra: pip install "wallwatch[mcp]".
    """
    port = load_settings(config, {}).web.port
    if url is None and port == 0:
        raise UserError(
            "the page's address is missing: give --url http://HOST:PORT as `wallwatch up` prints "
            "it, or set web.port"
        )
    try:
        page = PageApi(page_url(url or f"http://127.0.0.1:{port}"))
    except ClientError as error:
        raise UserError(f"--url: {error}") from None
    if importlib.util.find_spec("mcp") is None:
        raise UserError('`wallwatch mcp` needs an extra: pip install "wallwatch[mcp]"')
    from compose.asking.agents.tools import server  # noqa: PLC0415 - an extra: only this needs it

    server(page).run("stdio")

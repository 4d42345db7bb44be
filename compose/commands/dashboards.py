"""`wallwatch dashboards`: the Grafana boards, generated and published."""

from __future__ import annotations

from pathlib import Path

import click

from compose.errors import UserError
from compose.options import config_option, section_flags
from dashboards.grafana.connection import GrafanaError
from dashboards.grafana.publish import publish
from schemas.settings import load_settings


@click.group("dashboards")
def command() -> None:
    """Generate the Grafana boards, or publish them to a Grafana."""


@command.command("build")
@click.option("--check", is_flag=True, help="Change nothing; fail where a file differs.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the files are; default: in this installation.",
)
def build(*, check: bool, folder: Path | None) -> None:
    """Write the boards and alert rules from the panels.

    \b
    wallwatch dashboards build
    wallwatch dashboards build --check
    """
    try:
        from dashboards.grafana.generate import FOLDER, differing, write  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise UserError(
            f"building boards needs {error.name}: pip install 'wallwatch[dashboards]'"
        ) from None
    folder = FOLDER if folder is None else folder
    if not check:
        changed = write(folder)
        click.echo("\n".join(f"wrote {name}" for name in changed) or "all boards are up to date")
        return
    stale = differing(folder)
    if stale:
        raise UserError(
            f"{', '.join(stale)} below {folder} differ from the panels: run wallwatch dashboards "
            "build and commit the result"
        )
    click.echo("all boards are up to date")


@command.command("push")
@config_option
@click.option("--url", required=True, metavar="URL", help="Grafana, for example http://host:3000.")
@click.option(
    "--token",
    required=True,
    envvar="WALLWATCH_GRAFANA_TOKEN",
    metavar="TOKEN",
    help="Token of a service account with the role Admin; better in WALLWATCH_GRAFANA_TOKEN.",
)
@click.option(
    "--clickhouse",
    metavar="http(s)://HOST:PORT",
    help="Address of the store as Grafana reaches it, for a new datasource.",
)
@click.option("--user", metavar="NAME", help="Read-only ClickHouse user.")
def push(
    *, config: Path | None, url: str, token: str, clickhouse: str | None, user: str | None
) -> None:
    """Put folder, datasource and boards into a Grafana; twice changes nothing.

    A datasource that is there already is left as it is. The password of a new one comes from
    WALLWATCH_CLICKHOUSE__PASSWORD or the configuration file.

    \b
    WALLWATCH_GRAFANA_TOKEN=glsa_... wallwatch dashboards push --url http://localhost:3000
    """
    settings = load_settings(config, section_flags(clickhouse={"url": clickhouse, "user": user}))
    try:
        published = publish(url, token, settings.clickhouse)
    except GrafanaError as error:
        raise UserError(str(error)) from None
    for word, names in (("created", published.created), ("updated", published.updated)):
        for name in names:
            click.echo(f"{word} {name}")
    for sentence in published.works:
        click.echo(sentence)
    click.echo(
        f"Grafana {published.version} at {url}: {len(published.changed)} changed, "
        f"{len(published.unchanged)} unchanged"
    )

"""`make soak`: an hour of random faults, or as long as is asked for."""

import asyncio
import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import click

from tests.soak.driver import soak
from tests.soak.memory import GROWTH_MB, HONEST_MALLOC


@click.command()
@click.option("--minutes", type=click.FloatRange(min=0.5), default=60.0, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
def main(minutes: float, seed: int) -> None:
    """Run ingest against an exchange with random faults; exit code 1 if anything was wrong."""
    os.environ.update(HONEST_MALLOC)
    folder = Path(tempfile.mkdtemp(prefix="wallwatch-soak-"))
    click.echo(f"logs: {folder}", err=True)
    try:
        result = asyncio.run(soak(folder, minutes * 60, seed, _say))
    except AssertionError as error:
        click.echo(f"failed: {error}", err=True)
        sys.exit(1)
    click.echo(json.dumps(asdict(result), indent=1))
    grown = {name: mb for name, mb in result.growth_mb.items() if mb >= GROWTH_MB}
    if grown or result.unexpected:
        click.echo(f"failed: growth {grown} MB, unexpected {result.unexpected}", err=True)
        sys.exit(1)
    click.echo("passed", err=True)


def _say(line: str) -> None:
    click.echo(line, err=True)


if __name__ == "__main__":
    main()

"""`make soak`: an hour of random faults, or as long as is asked for."""

import asyncio
import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import click

from compose.options import VenueList
from schemas.settings import VenueName
from tests.soak.driver import soak
from tests.soak.memory import HONEST_MALLOC


@click.command()
@click.option("--minutes", type=click.FloatRange(min=0.5), default=60.0, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option(
    "--venues", type=VenueList(), default=(), help="Several at once, BTC and ETH on each; `all`."
)
def main(minutes: float, seed: int, venues: tuple[VenueName, ...]) -> None:
    """Run ingest against an exchange with random faults, telling every minute how it goes.

    The last line of stdout is the result as JSON; exit code 1 if anything was wrong."""
    os.environ.update(HONEST_MALLOC)
    folder = Path(tempfile.mkdtemp(prefix="wallwatch-soak-"))
    click.echo(f"logs: {folder}", err=True)
    result = asyncio.run(soak(folder, minutes * 60, seed, _say, venues))
    faults = result.faulty()
    click.echo(json.dumps({"passed": not faults, "wrong": faults, **asdict(result)}))
    _say("; ".join(f"failed: {fault}" for fault in faults) or "passed")
    sys.exit(bool(faults))


def _say(line: str) -> None:
    click.echo(line, err=True)


if __name__ == "__main__":
    main()

"""How many symbols one small machine follows: exchange → ingest → broker → worker → store.

Every symbol sends what an average contract does: five depth frames of some twelve levels a second,
a mark price a second and a trade now and then; for ten seconds all of them are `--burst` times as
active. A line for each run goes to tests/bench/history.ndjson.

    python -m tests.bench.all_symbols --symbols 600 --minutes 10
    python -m tests.bench.all_symbols --symbols 50 --symbols 150 --symbols 300 --symbols 600 \
        --minutes 2 --picture docs/img/capacity.png
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path

import click

from tests.bench import history
from tests.bench.all_symbols.curve import draw
from tests.bench.all_symbols.figures import Figures
from tests.bench.all_symbols.measure import measure
from tests.bench.all_symbols.pipeline import names_of, pipeline


async def _run(
    symbols: tuple[str, ...], seconds: float, burst: float, broker: str, viewers: int
) -> Figures:
    with tempfile.TemporaryDirectory(prefix="wallwatch-bench-") as folder:
        async with pipeline(Path(folder), symbols, broker) as run:
            return await measure(run, seconds, burst, viewers)


@click.command()
@click.option("--symbols", "counts", type=click.IntRange(1, 1_000), multiple=True, default=(600,))
@click.option("--minutes", type=click.FloatRange(min=0.1), default=10.0, show_default=True)
@click.option("--burst", type=click.FloatRange(min=1.1), default=20.0, show_default=True)
@click.option("--broker", default="noida", show_default=True, help="noida or apache.")
@click.option("--viewers", type=click.IntRange(0, 500), default=0, help="Readers of the page.")
@click.option("--at-rest", type=click.FloatRange(0, 1), default=0.0, help="Share without events.")
@click.option("--picture", type=click.Path(path_type=Path), help="Draw the cost over the symbols.")
def main(
    counts: tuple[int, ...],
    minutes: float,
    burst: float,
    broker: str,
    viewers: int,
    at_rest: float,
    picture: Path | None,
) -> None:
    """Print a table and a JSON line for each count; exit code 1 where a goal is missed."""
    found: list[Figures] = []
    for count in counts:
        symbols = names_of(count, round(at_rest * count))
        figures = asyncio.run(_run(symbols, 60 * minutes, burst, broker, viewers))
        found.append(figures)
        click.echo(figures.table())
        click.echo(json.dumps(figures.line()))
        history.add(figures.line())
    if picture is not None:
        draw(found, picture)
    if not all(is_met for figures in found for _, is_met, _ in figures.goals()):
        sys.exit(1)


if __name__ == "__main__":
    main()

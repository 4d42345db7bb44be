"""`make bench-peers`: ratios to what others do, with their spread over the rounds.

python -m tests.bench.peers --rounds 5 --write docs/peers.md
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import click

from tests.bench import history
from tests.bench.peers.environment import version
from tests.bench.peers.streams import OURS, Pass, measure
from tests.support.paths import REPOSITORY

PACKAGES: Final = ("quixstreams", "faust-streaming", "cryptofeed", "order_book", "nautilus_trader")
YARDSTICK: Final = "two dicts"
ABOUT: Final = Path(__file__).with_name("about.md")
"""What the page says before the figures."""


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Return the median with the least and the greatest."""
    middle = statistics.median(values)
    return f"{middle:.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def stream_lines(found: Mapping[str, Sequence[Pass]]) -> list[str]:
    """Return a row a reader; ratios are taken within each round."""
    lines = ["| | records | signals | CPU, us a record | CPU to ours | wall, s |", "|" + "---|" * 6]
    ours = found[OURS]
    for name, passes in found.items():
        us = [one.cpu_s / one.records * 1e6 for one in passes]
        ratio = [one.cpu_s / own.cpu_s for one, own in zip(passes, ours, strict=True)]
        walls = [one.wall_s for one in passes]
        lines.append(
            f"| {name} | {passes[0].records} | {passes[0].signals} | {spread(us, 0)} |"
            f" {spread(ratio)} | {spread(walls, 1)} |"
        )
    return lines


def book_lines(found: Mapping[str, Sequence[float]]) -> list[str]:
    """Return a row a book; ratios are taken within each round."""
    lines = ["| | us a depth event | to two dicts |", "|---|---|---|"]
    for name, times in found.items():
        ratio = [one / least for one, least in zip(times, found[YARDSTICK], strict=True)]
        lines.append(f"| {name} | {spread(times, 1)} | {spread(ratio)} |")
    return lines


def _books(rounds: int) -> dict[str, list[float]]:
    command = [sys.executable, "-m", "tests.bench.peers.books", str(rounds)]
    done = subprocess.run(command, cwd=REPOSITORY, stdout=subprocess.PIPE, check=True, text=True)
    found: dict[str, list[float]] = json.loads(done.stdout.splitlines()[-1])
    return found


@click.command()
@click.option("--rounds", type=click.IntRange(1, 50), default=5, show_default=True)
@click.option("--only", type=click.Choice(["books", "streams"]), help="One part alone.")
@click.option(
    "--share", type=click.FloatRange(0.01, 1), default=1.0, help="Of the capture's records."
)
@click.option("--write", type=click.Path(path_type=Path), help="The tables as Markdown.")
def main(rounds: int, only: str | None, share: float, write: Path | None) -> None:
    """Measure all in turn and print the tables."""
    known = {name: version(name) or "not installed" for name in PACKAGES}
    versions = ", ".join(f"{name} {found}" for name, found in known.items())
    load = os.getloadavg()[0]
    head = (
        f"{time.strftime('%Y-%m-%d', time.gmtime())}, Python {platform.python_version()}, "
        f"{os.cpu_count()} cores, load {load:.1f} at the start, {rounds} rounds: median, least and "
        f"greatest. {versions}."
    )
    parts, line = [head], {"bench": "peers", "versions": known, "rounds": rounds, "load": load}
    if only != "streams":
        books = _books(rounds)
        parts.append("\n".join(book_lines(books)))
        line["books_us"] = books
    if only != "books":
        passes = asyncio.run(measure(rounds, share))
        parts.append("\n".join(stream_lines(passes)))
        line["streams_cpu_s"] = {n: [one.cpu_s for one in ran] for n, ran in passes.items()}
    text = "\n\n".join(parts) + "\n"
    click.echo(text)
    history.add(line)
    if write is not None:
        about = ABOUT.read_text(encoding="utf-8")
        write.write_text(f"{about}\n{text}", encoding="utf-8")


if __name__ == "__main__":
    main()

"""The cost over the number of symbols as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from tests.bench.all_symbols.figures import OWN, Figures


def draw(runs: Sequence[Figures], path: Path) -> None:
    """Write a picture of CPU, memory, latency and recovery of the runs, ascending by symbols."""
    found = sorted(runs, key=lambda run: run.symbols)
    counts = [run.symbols for run in found]
    figure = Figure(figsize=(13, 3.2), layout="constrained")
    FigureCanvasAgg(figure)
    cpu, memory, latency, recovery = figure.subplots(1, 4)
    cpu.stackplot(counts, [[r.use[n].cpu_pct for r in found] for n in OWN], labels=OWN)
    cpu.set_ylabel("CPU, % of one core")
    memory.stackplot(counts, [[r.use[n].pss_mb for r in found] for n in OWN], labels=OWN)
    memory.set_ylabel("memory (PSS), MB")
    latency.plot(counts, [run.latency_p50_ms for run in found], marker="o", label="p50")
    latency.plot(counts, [run.latency_p99_ms for run in found], marker="o", label="p99")
    latency.set_ylabel("frame to signal, ms")
    recovery.plot(counts, [run.recovered_s for run in found], marker="o", label="killed, ready")
    recovery.set_ylabel("start of the worker, s")
    for axes in (cpu, memory, latency, recovery):
        axes.set_xlabel("symbols")
        axes.set_xlim(0, max(counts))
        axes.set_ylim(0, 1.35 * axes.get_ylim()[1])
        axes.legend(loc="upper left", frameon=False)
    figure.savefig(path, dpi=110)

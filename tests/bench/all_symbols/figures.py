"""What one run measured, for people, for the history and against the goals."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final

from tests.bench.all_symbols.meter import Use

OWN: Final = ("broker", "worker", "ingest")
"""The processes that count; the exchange stands in for the venue."""
MAX_P50_MS: Final = 150.0
MAX_P99_MS: Final = 600.0
MAX_CORES: Final = 1.5
MAX_MB: Final = 1_200.0
MAX_DRAIN_S: Final = 30.0
MAX_LOOP_P99_MS: Final = 50.0
MAX_RECOVERY_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Figures:
    """One run."""

    symbols: int
    seconds: float
    """Length of the ordinary stretch, which all figures but those of the burst are of."""
    records_per_s: float
    """Market records that the engines took."""
    rows_per_s: float
    lag_start: int
    """Records under way when it began."""
    lag_end: int
    latency_p50_ms: float
    latency_p99_ms: float
    loop_p99_ms: dict[str, float]
    """How late the event loop of each service was."""
    gc_longest_ms: dict[str, float]
    """Upper limit of the longest run of the garbage collector of each service."""
    use: dict[str, Use]
    viewers: int
    """Readers of the live page meanwhile."""
    viewer_kb_per_s: float
    viewer_gap_p99_ms: float
    """Time between two frames that a viewer gets, ideally 1,000."""
    queries_per_s: float
    """Of the page to the store."""
    queries_busy: float
    """Seconds spent in them in a second; several may run at once."""
    burst_factor: float
    burst_lag: int
    """Most records that were under way during the burst or after it."""
    drained_s: float | None
    """Seconds after the end of the burst until no more was under way than ever; None: not in time.
    """
    late_trades: int
    """Trades, of the burst too, behind a watermark that was stated before."""
    ready_s: float
    """From the start of ingest until every book is there."""
    recovered_s: float
    """From the start of the worker, after it was killed, until every state is restored; imports
    and the store included."""
    state_bytes: int
    """Size of the largest state."""
    machine_load: float
    """Processes that wanted to run, one-minute average; far above the cores, times say nothing."""
    unequal: dict[str, list[int]] = field(default_factory=dict)
    """Stages whose counts differ: lost or doubled records."""

    @property
    def cores(self) -> float:
        """CPU of all our processes."""
        return round(sum(self.use[name].cpu_pct for name in OWN) / 100, 2)

    @property
    def us_per_record(self) -> dict[str, float]:
        """CPU of each of our processes for one market record, with all that follows from it; this
        hardly depends on what else the machine does."""
        per_s = 1e4 / max(self.records_per_s, 1.0)
        return {name: round(self.use[name].cpu_pct * per_s, 1) for name in OWN}

    @property
    def mb(self) -> float:
        """Memory of all our processes."""
        return round(sum(self.use[name].pss_mb for name in OWN))

    def line(self) -> dict[str, Any]:
        """Return all figures as one JSON object."""
        made = {"cores": self.cores, "mb": self.mb, "us_per_record": self.us_per_record}
        return {"bench": "all_symbols", **asdict(self), **made}

    def goals(self) -> list[tuple[str, bool, str]]:
        """Return (goal, whether it is reached, what was measured)."""
        growth = self.lag_end - self.lag_start
        drained = "not in time" if self.drained_s is None else f"{self.drained_s:.1f} s"
        is_drained = self.drained_s is not None and self.drained_s <= MAX_DRAIN_S
        loop = max(self.loop_p99_ms.values())
        return [
            ("lag does not grow", growth <= 4 * self.symbols, f"{growth:+d} records"),
            (f"latency p50 <= {MAX_P50_MS:g} ms", *_most(self.latency_p50_ms, MAX_P50_MS, "ms")),
            (f"latency p99 <= {MAX_P99_MS:g} ms", *_most(self.latency_p99_ms, MAX_P99_MS, "ms")),
            (f"all processes <= {MAX_CORES:g} cores", *_most(self.cores, MAX_CORES, "cores")),
            (f"all processes <= {MAX_MB:g} MB", *_most(self.mb, MAX_MB, "MB")),
            (f"loop lag p99 < {MAX_LOOP_P99_MS:g} ms", *_most(loop, MAX_LOOP_P99_MS, "ms")),
            (f"burst drained in <= {MAX_DRAIN_S:g} s", is_drained, drained),
            (
                f"states restored in <= {MAX_RECOVERY_S:g} s",
                *_most(self.recovered_s, MAX_RECOVERY_S, "s"),
            ),
            ("counts equal at every stage", not self.unequal, str(self.unequal or "equal")),
        ]

    def table(self) -> str:
        """Return the figures and the verdicts, for people."""
        lines = [
            f"{self.symbols} symbols, {self.seconds:.0f} s, machine load {self.machine_load:g}: "
            f"{self.records_per_s:.0f} records/s, {self.rows_per_s:.0f} rows/s, "
            f"ready in {self.ready_s:.1f} s",
            f"{'process':<10}{'CPU %':>8}{'us/record':>11}{'PSS MB':>9}{'loop p99 ms':>13}"
            f"{'GC <= ms':>10}",
        ]
        for name, use in self.use.items():
            loop, pause = self.loop_p99_ms.get(name), self.gc_longest_ms.get(name)
            lines.append(
                f"{name:<10}{use.cpu_pct:>8.1f}{self.us_per_record.get(name, ''):>11}"
                f"{use.pss_mb:>9.1f}"
                f"{'' if loop is None else f'{loop:.1f}':>13}"
                f"{'' if pause is None else f'{pause:g}':>10}"
            )
        lines.append(
            f"burst x{self.burst_factor:g}: at most {self.burst_lag} records under way; "
            f"{self.late_trades} late trades; largest state {self.state_bytes} bytes"
        )
        if self.viewers:
            lines.append(
                f"{self.viewers} viewers: {self.viewer_kb_per_s:g} kB/s each, a frame every "
                f"{self.viewer_gap_p99_ms:g} ms (p99); {self.queries_per_s:g} queries/s, "
                f"{self.queries_busy:g} s of a second in them"
            )
        lines += [
            f"{'PASS' if is_met else 'FAIL'}: {goal}: {found}"
            for goal, is_met, found in self.goals()
        ]
        return "\n".join(lines)


def _most(value: float, limit: float, unit: str) -> tuple[bool, str]:
    return value <= limit, f"{value:g} {unit}"

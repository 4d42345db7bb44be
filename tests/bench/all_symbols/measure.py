"""One run from start to end."""

from __future__ import annotations

import asyncio
import os
import time

from tests.bench.all_symbols.asking import Histogram
from tests.bench.all_symbols.figures import Figures
from tests.bench.all_symbols.meter import Meter
from tests.bench.all_symbols.pipeline import Pipeline, settled
from tests.bench.all_symbols.stages import count_stages, describe
from tests.bench.all_symbols.viewers import Viewers

SERVICES = ("worker", "ingest")
BOOKS_S = 300.0
"""Until all books are there: the venue's REST weight bounds how many a minute."""
WARM_UP_S = 5.0
SETTLE_S = 120.0
BURST_S = 10.0
POLL_S = 0.5
LATE_TRADES = "wallwatch_ingest_late_trades_total"


async def measure(run: Pipeline, seconds: float, burst_factor: float, viewers: int = 0) -> Figures:
    """Let the market run for `seconds` as always, with so many `viewers` of the page, and `BURST_S`
    in a burst, then count.

    Raises TimeoutError where it does not come to rest.
    """
    ready_s = await _books(run)
    await asyncio.sleep(WARM_UP_S)
    await settled(run, SETTLE_S)
    readers = Viewers(run.urls["page"], viewers)
    async with readers.reading():
        before, at_start = await _histograms(run), await run.status()
        meter = Meter(run.pids())
        readers.clear()
        asked = await run.queries()
        await asyncio.sleep(seconds)
        use, took_s, load = meter.read(), meter.seconds, os.getloadavg()[0]
        answered = await run.queries()
    after, at_end = await _histograms(run), await run.status()
    told = {name: _since(before[name], after[name]) for name in SERVICES}
    latency = told["worker"]["signal_seconds"]
    burst_lag, drained_s = await _burst(run, burst_factor)
    late_trades = round(await run.asking.total(run.urls["ingest_metrics"], LATE_TRADES))
    unequal = describe(await count_stages(run))
    state_bytes = (await run.status()).counters.largest_state_bytes
    began_s = time.monotonic()
    await run.restart("worker")
    recovered_s = time.monotonic() - began_s
    records = at_end.counters.records, at_start.counters.records
    rows = at_end.sink.stats.rows, at_start.sink.stats.rows
    return Figures(
        symbols=len(run.symbols),
        seconds=round(took_s, 1),
        records_per_s=round((sum(records[0].values()) - sum(records[1].values())) / took_s, 1),
        rows_per_s=round((sum(rows[0].values()) - sum(rows[1].values())) / took_s, 1),
        lag_start=at_start.lag or 0,
        lag_end=at_end.lag or 0,
        latency_p50_ms=round(latency.quantile_ms(0.5)),
        latency_p99_ms=round(latency.quantile_ms(0.99)),
        loop_p99_ms={n: round(told[n]["loop_lag_seconds"].quantile_ms(0.99), 1) for n in SERVICES},
        gc_longest_ms={n: told[n]["gc_pause_seconds"].highest_ms() for n in SERVICES},
        use=use,
        viewers=viewers,
        viewer_kb_per_s=readers.kb_per_s(took_s),
        viewer_gap_p99_ms=readers.gap_p99_ms,
        queries_per_s=round((answered[0] - asked[0]) / took_s, 1),
        queries_busy=round((answered[1] - asked[1]) / took_s, 3),
        burst_factor=burst_factor,
        burst_lag=burst_lag,
        drained_s=drained_s,
        late_trades=late_trades,
        ready_s=round(ready_s, 1),
        recovered_s=round(recovered_s, 1),
        state_bytes=state_bytes,
        machine_load=round(load, 1),
        unequal=unequal,
    )


async def _books(run: Pipeline) -> float:
    """Wait until every symbol has its book; returns after how many seconds."""
    began_s = time.monotonic()
    while not await run.is_ready("ingest"):
        if time.monotonic() - began_s > BOOKS_S:
            raise TimeoutError(f"books are missing after {BOOKS_S:g} s")
        await asyncio.sleep(POLL_S)
    return time.monotonic() - began_s


async def _burst(run: Pipeline, factor: float) -> tuple[int, float | None]:
    """Return the most records under way, and after how many seconds they were worked off."""
    await run.burst(factor, BURST_S)
    end_s, most = time.monotonic() + BURST_S, 0
    while time.monotonic() < end_s:
        most = max(most, (await run.status()).lag or 0)
        await asyncio.sleep(POLL_S)
    drained_s = await settled(run, SETTLE_S)
    return most, None if drained_s is None else round(drained_s, 1)


async def _histograms(run: Pipeline) -> dict[str, dict[str, Histogram]]:
    return {name: await run.histograms(name) for name in SERVICES}


def _since(before: dict[str, Histogram], after: dict[str, Histogram]) -> dict[str, Histogram]:
    return {name: histogram.since(before.get(name)) for name, histogram in after.items()}

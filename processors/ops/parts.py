"""The working parts of a worker, for those who report on them."""

from __future__ import annotations

from dataclasses import dataclass

import faust

from processors.shell.emitter import Emitter
from processors.shell.market import MarketShell
from processors.shell.metrics import ShellMetrics
from processors.sink.sink import ClickHouseSink
from processors.sink.store_shell import StoreShell


@dataclass(frozen=True, slots=True)
class Parts:
    """Both halves of a worker: engines and store."""

    market_app: faust.App
    store_app: faust.App
    market: MarketShell
    store: StoreShell
    emitter: Emitter
    sink: ClickHouseSink
    market_metrics: ShellMetrics
    store_metrics: ShellMetrics

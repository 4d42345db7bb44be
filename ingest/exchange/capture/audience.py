"""Which streams a captured frame is sent on, and which required streams have no listener yet."""

from collections.abc import Mapping

from ingest.exchange.capture.index import SymbolIndex
from ingest.exchange.dialect import Dialect
from ingest.exchange.hub import Hub


def streams_of(stream: str, index: SymbolIndex, dialect: Dialect) -> tuple[str, ...]:
    """Return the stream names on which the frames of a captured stream are served.

    Depth is served under any speed, and `trade` frames under `aggTrade` where there is none.
    """
    name, _, kind = stream.partition("@")
    lower = name.lower()
    if kind.partition("@")[0] == "depth":
        return dialect.depth_streams(lower)
    if kind == "trade" and "aggTrade" not in index.frames:
        return (f"{lower}@trade", f"{lower}@aggTrade")
    if kind.partition("@")[0] == "markPrice":
        return tuple(f"{lower}@{kind}" for kind in dialect.mark_prices_ms)
    return (f"{lower}@{kind}",)


def missing_listeners(
    hub: Hub, symbols: Mapping[str, SymbolIndex], dialect: Dialect, *, every: bool
) -> list[str]:
    """Return the required depth and trade streams that have no listener.

    `every`: required for each symbol; otherwise one depth and one trade listener are enough.
    """
    depth: dict[str, bool] = {}
    trades: dict[str, bool] = {}
    for name, index in symbols.items():
        lower = name.lower()
        if index.has_depth:
            depth[f"{lower}@depth"] = any(hub.has(stream) for stream in dialect.depth_streams(name))
        if index.trade_kinds:
            trades[f"{lower}@{index.trade_kinds[0]}"] = any(
                hub.has(f"{lower}@{kind}") for kind in index.trade_kinds
            )
    missing: list[str] = []
    for heard in (depth, trades):
        if every or (heard and not any(heard.values())):
            missing.extend(stream for stream, listened in heard.items() if not listened)
    return missing

"""The doctor's look at the forecasts of the fate of orders."""

from __future__ import annotations

import asyncio
from typing import Final

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from compose.doctor.finding import Finding, ok, warn
from schemas.clickhouse.connect import connect
from schemas.clickhouse.errors import StoreError
from schemas.fate.drift import DRIFT_CURE
from schemas.settings import ClickHouseSettings
from schemas.signals import FATE_DRIFT
from schemas.units import DAY_MS

NAME: Final = "forecasts"
NEWEST: Final = "SELECT max(event_time) FROM fate_outcomes"
DRIFTS: Final = f"""
SELECT count(), argMax(concat(symbol, ': ', message), event_time) FROM alerts
WHERE rule = '{FATE_DRIFT}' AND event_time > {{since_ms:Int64}}
"""
FIGURES: Final = """
SELECT forecast, sum(graded) AS n, sum(f.told * graded) / n AS told, sum(f.came_true * graded) / n
FROM fate_figures(from_ms = {since_ms:Int64}, to_ms = {until_ms:Int64}) AS f
GROUP BY forecast ORDER BY forecast
"""


async def check_forecasts(settings: ClickHouseSettings) -> Finding | None:
    """Check that what was told of the fate of orders came true in the last day of stored market
    time; None where nothing was told, or the store does not answer."""
    return await asyncio.to_thread(_check, settings)


def _check(settings: ClickHouseSettings) -> Finding | None:
    try:
        client = connect(settings, reads_only=True)
    except StoreError:
        return None  # The check of the store tells that.
    try:
        return _finding(client)
    except ClickHouseError as error:
        cure = "start `wallwatch up` once: it makes the tables"
        return warn(NAME, f"cannot be read: {error}", cure)
    finally:
        client.close()


def _finding(client: Client) -> Finding | None:
    until_ms = int(client.query(NEWEST).result_rows[0][0])
    if not until_ms:
        return None
    window = {"since_ms": until_ms - DAY_MS, "until_ms": until_ms}
    [(drifts, message)] = client.query(DRIFTS, window).result_rows
    figures = "; ".join(
        f"{forecast} told {told:.1%}, came true {came:.1%} of {count}"
        for forecast, count, told, came in client.query(FIGURES, window).result_rows
    )
    if drifts:
        return warn(NAME, f"{message} ({drifts} such alerts in a day; {figures})", DRIFT_CURE)
    return ok(NAME, figures or "none was graded")

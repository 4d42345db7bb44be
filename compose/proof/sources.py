"""The scorecard of a capture, of the store, or of a running page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import aiohttp
from pydantic import ValidationError

from compose.errors import UserError
from compose.replay import ReplaySummary, replay
from dashboards.judgement import judged, newest_outcome_ms
from dashboards.proof.cells import SymbolKey
from dashboards.proof.mids import MidSeries
from dashboards.proof.scorecard import Scorecard, judge
from dashboards.reader import StoreReader
from dashboards.web.answers.proof import ProofAnswer
from schemas.clickhouse.errors import StoreError
from schemas.settings import Settings
from schemas.signals import BookMetrics, Outcome, Signal

PAGE_TIMEOUT_S: Final = 120.0


def of_captures(
    captures: tuple[Path, ...], settings: Settings, progress: Callable[[ReplaySummary], None]
) -> Scorecard:
    """Run the engine over captures and judge what became of its readings. Raises UserError."""
    outcomes: list[dict[str, Any]] = []
    seconds: dict[SymbolKey, list[tuple[int, float | None]]] = {}

    def take(signal: Signal) -> None:
        match signal:
            case Outcome():
                outcomes.append(signal.model_dump())
            case BookMetrics():
                own = seconds.setdefault((signal.venue, signal.symbol), [])
                own.append((signal.event_time, signal.mid))
            case _:
                pass

    for capture in captures:
        replay(capture, settings, on_signal=take, progress=progress)
    # As of the store: no mid from after the newest outcome, or the controls would differ.
    until_ms = max((outcome["event_time"] for outcome in outcomes), default=0)
    series = {key: _series_until(own, until_ms) for key, own in seconds.items()}
    return judge(outcomes, series, settings.proof.fee_bps)


def _series_until(seconds: list[tuple[int, float | None]], until_ms: int) -> MidSeries:
    known = [(time, mid) for time, mid in seconds if time <= until_ms]
    return MidSeries.of((time for time, _ in known), (mid for _, mid in known))


async def of_store(settings: Settings, hours: int) -> Scorecard:
    """Judge what the store holds. Raises UserError."""
    reader = StoreReader(settings.clickhouse)
    try:
        until_ms = await newest_outcome_ms(reader)
        return await judged(reader, until_ms, hours, settings.proof.fee_bps)
    except StoreError as error:
        raise UserError(
            f"{error}; query a running page with --page URL, or give a capture as FILE"
        ) from None
    finally:
        await reader.close()


async def of_page(url: str, hours: int) -> ProofAnswer:
    """Ask a running page. Raises UserError."""
    address = f"{url.rstrip('/')}/api/v1/proof"
    timeout = aiohttp.ClientTimeout(total=PAGE_TIMEOUT_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(address, params={"hours": str(hours)}) as response,
        ):
            text = await response.text()
            if response.status != 200:
                raise UserError(f"{address} answered {response.status}: {text[:200]}")
            return ProofAnswer.model_validate_json(text)
    except (TimeoutError, aiohttp.ClientError, ValueError) as error:
        reason = "no scorecard" if isinstance(error, ValidationError) else str(error) or "no answer"
        raise UserError(
            f"--page {url}: {reason}; give the address that `wallwatch up` prints"
        ) from None

"""The scorecard of a capture, of the store, or of a running page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import aiohttp
from pydantic import ValidationError

from compose.errors import UserError
from compose.proof.collect import OutcomeCollector
from compose.replay import ReplaySummary, replay
from dashboards.judgement import judged, newest_outcome_ms
from dashboards.proof.scorecard import Scorecard
from dashboards.reader import StoreReader
from dashboards.web.answers.proof import ProofAnswer
from schemas.clickhouse.errors import StoreError
from schemas.settings import Settings

PAGE_TIMEOUT_S: Final = 120.0


def of_captures(
    captures: tuple[Path, ...], settings: Settings, progress: Callable[[ReplaySummary], None]
) -> Scorecard:
    """Run the engine over captures and judge what became of its readings. Raises UserError."""
    collector = OutcomeCollector()
    for capture in captures:
        replay(capture, settings, on_signal=collector.take, progress=progress)
    return collector.card(settings.proof.fee_bps)


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

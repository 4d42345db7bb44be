"""The scorecard of a capture, of the store, or of a running page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from compose.errors import UserError
from compose.proof.collect import OutcomeCollector
from compose.replay import replay
from compose.replay_summary import ReplaySummary
from dashboards.judgement import Judgement, judged, newest_outcome_ms
from dashboards.proof.scorecard import Scorecard
from dashboards.reader import StoreReader
from dashboards.web.answers.proof import ProofAnswer
from schemas.clickhouse.errors import StoreError
from schemas.client.errors import ClientError
from schemas.client.page import PageApi, page_url
from schemas.settings import Settings


def of_captures(
    captures: tuple[Path, ...], settings: Settings, progress: Callable[[ReplaySummary], None]
) -> Scorecard:
    """Run the engine over captures and judge what became of its readings. Raises UserError."""
    collector = OutcomeCollector()
    for capture in captures:
        replay(capture, settings, on_signal=collector.take, progress=progress)
    return collector.card(settings.proof.fee_bps)


async def of_store(settings: Settings, hours: int) -> Judgement:
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
    try:
        page = PageApi(page_url(url))
        return ProofAnswer.model_validate(await page.get("proof", {"hours": hours}))
    except ClientError as error:
        raise UserError(f"--page: {error}") from None
    except ValidationError:
        raise UserError(
            f"--page {url}: its scorecard is that of another release; ask it with the `wallwatch` "
            "that runs it"
        ) from None

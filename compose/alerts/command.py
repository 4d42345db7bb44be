"""`wallwatch alerts`: rules of your own, tried on history before they wake somebody."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import aiohttp
import click
from pydantic import ValidationError

from compose.errors import UserError
from compose.options import config_option, json_option, section_flags
from dashboards.reader import StoreReader
from dashboards.rules.preview import preview
from dashboards.rules.tape import TooMuchError
from dashboards.web.rules.answers import PreviewAnswer, RulesAnswer
from dashboards.web.rules.api import preview_answer
from schemas.clickhouse.errors import StoreError
from schemas.http.proxy import is_loopback
from schemas.settings import RuleSettings, Settings, load_settings
from schemas.units import HOUR_MS, MINUTE_MS

PAGE_TIMEOUT_S: Final = 120.0
MS_OF: Final = {"m": MINUTE_MS, "h": HOUR_MS, "d": 24 * HOUR_MS}
LONGEST_MS: Final = 168 * HOUR_MS


class Span(click.ParamType):
    """30m, 24h or 7d."""

    name = "30m|24h|7d"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return milliseconds."""
        if isinstance(value, int):
            return value
        match = re.fullmatch(r"(\d{1,4})([mhd])", value)
        span_ms = int(match[1]) * MS_OF[match[2]] if match else 0
        if not 0 < span_ms <= LONGEST_MS:
            self.fail(f"{value!r} is no time such as 30m, 24h or 7d (the longest)", param, ctx)
        return span_ms


@click.group("alerts")
def command() -> None:
    """Alert rules of your own: [[alerts.rules]] in the configuration file, or made on the page.

    \b
    [[alerts.rules]]
    name = "btc wall near"
    on = "wall_approached"      # wall_appears, wall_pulled, wall_eaten, chain_grows,
    symbols = ["BTCUSDT"]       # action_changes, cross_market, feed_state
    min_usd = 5_000_000
    within_bps = 10
    channels = ["desk"]
    [alerts.channels.desk]
    url = "https://example.org/hook"
    """


@command.command("preview")
@click.argument("rule")
@click.option("--last", "span_ms", type=Span(), default="24h", show_default=True,
              help="How much of what the store holds, up to its newest second.")  # fmt: skip
@click.option("--page", metavar="URL", help="Ask a running page instead of the store.")
@click.option("--clickhouse", metavar="URL", help="The store: http(s)://HOST:PORT or chdb:PATH.")
@json_option
@config_option
def show_preview(
    *,
    rule: str,
    span_ms: int,
    page: str | None,
    clickhouse: str | None,
    as_json: bool,
    config: Path | None,
) -> None:
    """How often RULE would have fired, and how the ledger graded what it fired on.

    \b
    wallwatch alerts preview "btc wall near" --last 24h --config wallwatch.toml \\
        --page http://127.0.0.1:8080
    """
    settings = load_settings(config, section_flags(clickhouse={"url": clickhouse}))
    if page is not None:
        answer = asyncio.run(_of_page(page.rstrip("/"), settings, rule, span_ms))
    else:
        answer = asyncio.run(_of_store(settings, _configured(settings, rule), span_ms))
    click.echo(answer.model_dump_json() if as_json else text(answer))


def text(answer: PreviewAnswer) -> str:
    """Return a preview for a person."""
    grades = answer.grades
    lines = [
        f"{answer.rule}: {answer.fired} alert{'s' * (answer.fired != 1)} between "
        f"{_clock(answer.from_ms)} and "
        f"{_clock(answer.to_ms)} ({answer.per_hour:.1f} an hour), {answer.held_back} more held "
        "back by the cool-down"
    ]
    if grades.graded and grades.mean_bps is not None:
        lines.append(
            f"graded {grades.horizon_ms / 1_000:g} s later: {grades.graded}; mid had moved the way "
            f"they read in {grades.favourable} ({grades.favourable / grades.graded:.0%}), "
            f"{grades.mean_bps:+.2f} bps on average; not gradable {grades.void}, "
            f"without a direction or too new {grades.unread}"
        )
    else:
        lines.append(
            f"none graded: not gradable {grades.void}, "
            f"without a direction or too new {grades.unread}"
        )
    lines += [f"  {_clock(one.time_ms)} {one.symbol} {one.text}" for one in answer.newest]
    return "\n".join(lines)


def _clock(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _configured(settings: Settings, name: str) -> RuleSettings:
    for rule in settings.alerts.rules:
        if rule.name == name:
            return rule
    known = ", ".join(rule.name for rule in settings.alerts.rules) or "none"
    raise UserError(
        f"no rule {name} in the settings; there: {known}. Write it as [[alerts.rules]] into the "
        "file of --config, or give --page URL for a rule made there"
    )


async def _of_store(settings: Settings, rule: RuleSettings, span_ms: int) -> PreviewAnswer:
    reader = StoreReader(settings.clickhouse)
    try:
        found = await preview(reader, rule, span_ms, settings.engine.ledger.horizons_ms)
    except (StoreError, TooMuchError) as error:
        raise UserError(f"{error}; a running page answers with --page URL") from None
    finally:
        await reader.close()
    return preview_answer(rule, found)


async def _of_page(page: str, settings: Settings, name: str, span_ms: int) -> PreviewAnswer:
    timeout = aiohttp.ClientTimeout(total=PAGE_TIMEOUT_S)
    trust_env = not is_loopback(page.partition("://")[2].partition(":")[0])
    try:
        async with aiohttp.ClientSession(timeout=timeout, trust_env=trust_env) as session:
            known = [rule for rule in settings.alerts.rules if rule.name == name]
            if not known:
                async with session.get(f"{page}/api/v1/alerts/rules") as response:
                    answer = RulesAnswer.model_validate_json(await response.text())
                known = [one.rule for one in answer.rules if one.rule.name == name]
            if not known:
                raise UserError(f"no rule {name} in the settings nor at {page}")
            async with session.post(
                f"{page}/api/v1/alerts/preview",
                params={"hours": str(span_ms / HOUR_MS)},
                json=known[0].model_dump(mode="json"),
            ) as response:
                answered = await response.text()
                if response.status != 200:
                    raise UserError(f"{page} answered {response.status}: {answered[:200]}")
                return PreviewAnswer.model_validate_json(answered)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise UserError(f"{page} cannot be reached ({type(error).__name__})") from None
    except ValidationError:
        raise UserError(f"{page} does not answer as wallwatch does: check --page") from None

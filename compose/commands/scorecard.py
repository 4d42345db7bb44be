"""`wallwatch scorecard`: what became of the readings, and how sure that is."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import click

from compose.errors import UsageError, UserError
from compose.options import (
    CAPTURE_FILE,
    config_option,
    fee_option,
    json_option,
    section_flags,
    venue_option,
)
from compose.proof import sources
from compose.proof.forecasts import forecast_in_words, macro_in_words
from compose.proof.plots import draw_all
from compose.proof.suggestions import SUGGESTIONS_HEAD, suggestions_text
from compose.proof.table import headline, markdown, text
from compose.proof.trials import BASE, HARDER, run_trials, trials_text
from compose.replay_summary import ReplaySummary
from compose.stack.progress import ProgressLine
from dashboards.web.answers.proof import ProofAnswer
from schemas.settings import Settings, load_settings
from schemas.signals import ReadingKind


@click.command("scorecard")
@click.argument("captures", type=CAPTURE_FILE, metavar="[FILE]...", nargs=-1)
@click.option("--page", metavar="URL", help="Query a running page instead of the store.")
@click.option("--clickhouse", metavar="URL", help="The store: http(s)://HOST:PORT or chdb:PATH.")
@click.option(
    "--hours",
    type=click.Choice(["1", "6", "24", "168"]),
    default="24",
    show_default=True,
    help="Readings emitted in the last N hours before the newest outcome.",
)
@click.option("--symbol", help="Only lines of this symbol; ALL: all symbols pooled.")
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in ReadingKind]),
    help="Only readings of this kind.",
)
@click.option("--label", help="Only this class, action or rule, for example SPOOF.")
@fee_option
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write scorecard.md, scorecard.json and the plots there.",
)
@json_option
@click.option(
    "--trials",
    type=click.IntRange(1, 100_000),
    metavar="N",
    help="Test the statistics themselves on N random walks and N with an added drift.",
)
@click.option(
    "--harder",
    is_flag=True,
    help="With --trials: N and N more of each kind of tape that is harder to judge.",
)
@venue_option
@config_option
def command(
    *,
    captures: tuple[Path, ...],
    page: str | None,
    clickhouse: str | None,
    hours: str,
    symbol: str | None,
    kind: str | None,
    label: str | None,
    fee_bps: float | None,
    out: Path | None,
    as_json: bool,
    trials: int | None,
    harder: bool,
    venue: str | None,
    config: Path | None,
) -> None:
    """Grade every reading by the move of mid after it, against the same readings at other times,
    with confidence intervals. A line without a significant effect reads "no information".

    \b
    wallwatch scorecard --page http://127.0.0.1:8080 --symbol BTCUSDT --label SPOOF
    wallwatch scorecard --clickhouse http://127.0.0.1:8123 --hours 168 --out proof
    wallwatch scorecard btcusdt.gz           the engine over a capture, no store
    WALLWATCH_ENGINE__RISK__MAX_LOSS_USD=100 wallwatch scorecard btcusdt.gz
                                             and what suggestions of 100 USD lost
    wallwatch scorecard --trials 200         false positives of the statistics
    """
    if trials is not None:
        _report_trials(trials, harder=harder, as_json=as_json)
        return
    if harder:
        raise UsageError("--harder goes with --trials N")
    if captures and page:
        raise UsageError("give a FILE or --page, not both")
    flags = section_flags(
        ingest={"venue": venue}, clickhouse={"url": clickhouse}, proof={"fee_bps": fee_bps}
    )
    settings = load_settings(config, flags)
    card = _card(settings, captures, page, int(hours))
    chosen = [
        line
        for line in card.lines
        if (symbol is None or line.symbol == symbol.upper())
        and (kind is None or line.kind == kind)
        and (label is None or line.label == label)
    ]
    if card.lines and not chosen:
        raise UserError(_nothing(card))
    suggestions = [
        line
        for line in card.suggestions
        if (symbol is None or line.symbol == symbol.upper())
        and (label is None or line.label == label)
    ]
    shown = card.model_copy(update={"lines": chosen, "suggestions": suggestions})
    if out is not None:
        _write(shown, out)
    if as_json:
        click.echo(shown.model_dump_json())
    else:
        click.echo(headline(card))
        if chosen:
            click.echo(text(shown))
        if suggestions:
            click.echo(f"\n{SUGGESTIONS_HEAD}\n{suggestions_text(suggestions)}")
        if card.macro is not None:
            click.echo(f"\n{macro_in_words(card.macro)}")
        for line in card.forecasts:
            click.echo(forecast_in_words(line))


def _card(
    settings: Settings, captures: tuple[Path, ...], page: str | None, hours: int
) -> ProofAnswer:
    if page is not None:
        return asyncio.run(sources.of_page(page, hours))
    if not captures:
        found = asyncio.run(sources.of_store(settings, hours))
        return ProofAnswer.of(found.card, hours, found)
    line = ProgressLine()

    def show(so_far: ReplaySummary) -> None:
        line.show(f"{sum(so_far.records.values())} records, {sum(so_far.signals.values())} signals")

    card = sources.of_captures(captures, settings, show)
    line.end(f"{card.outcomes} outcomes")
    return ProofAnswer.of(card, hours)


def _nothing(card: ProofAnswer) -> str:
    symbols = sorted({line.symbol for line in card.lines})
    labels = sorted({line.label for line in card.lines})
    return f"no line matches; symbols: {', '.join(symbols)}; labels: {', '.join(labels)}"


def _write(card: ProofAnswer, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "scorecard.json").write_text(card.model_dump_json(indent=1), encoding="utf-8")
        # The report first without pictures: it is there also where they cannot be drawn.
        report = folder / "scorecard.md"
        report.write_text(markdown(card, ()), encoding="utf-8")
        report.write_text(markdown(card, draw_all(card, folder)), encoding="utf-8")
    except OSError as error:
        raise UserError(f"--out {folder} cannot be written: {error.strerror}") from None


def _report_trials(tapes: int, *, harder: bool, as_json: bool) -> None:
    line = ProgressLine()
    conditions = (BASE, *HARDER) if harder else (BASE,)
    reports = run_trials(
        tapes, conditions, lambda done, every: line.show(f"{done} of {every} tapes")
    )
    line.end(f"{len(conditions)} kinds of tapes" if harder else f"{2 * tapes} tapes")
    report = reports[0]
    if as_json:
        document: dict[str, Any] = report.as_json()
        if harder:
            document["harder"] = [other.as_json() for other in reports[1:]]
        click.echo(json.dumps(document))
        return
    click.echo(
        f"{report.tapes} random walks: {report.false_share:.2%} of {report.tested} lines "
        f"significant, at least one on {report.fooled_share:.1%} of the tapes\n"
        f"{report.tapes} with a drift of {report.drift_bps:g} bps after one class: found on "
        f"{report.found_share:.1%}"
    )
    if harder:
        click.echo(f"\n{trials_text(reports)}")

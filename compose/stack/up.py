"""Runs a planned stack from start to end: signals, progress, completion, report."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from contextlib import ExitStack
from typing import Any, Final

import click
from aiokafka.errors import KafkaError

from compose.asking.sql_port import SQL_PORT
from compose.errors import INTERRUPTED_EXIT_CODE
from compose.stack.completion import is_stored
from compose.stack.concurrency import first_of
from compose.stack.data_dir import locked_data_dir, temporary_data_dir
from compose.stack.embedded import STOP_BUDGET_S, Stack
from compose.stack.memory import MemoryWatch
from compose.stack.plan import Mode, StackPlan
from compose.stack.progress import ProgressLine, replay_text
from compose.stack.report import Figures, stack_report
from compose.stack.service_child import ServiceError
from compose.stack.status import EXCHANGE_PATH, PIPELINE_PATH, StatusClient
from compose.stack.topic_counts import topic_counts
from schemas.settings import KafkaSettings
from schemas.status import PipelineStatus

PAGE_PATH: Final = "/large-orders"
STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
POLL_S: Final = 0.5
REPORT_DEADLINE_S: Final = 3.0
HASTY_REPORT_DEADLINE_S: Final = 1.5
"""The same after Ctrl-C: it is part of the time in which everything has to end."""


def run_up(plan: StackPlan, *, as_json: bool) -> int:
    """Run until Ctrl-C, SIGTERM or, with `once`, the end of the replay.

    Prints the report as the last line of stdout if `as_json`. Returns the exit code. Raises
    UserError.
    """
    with ExitStack() as cleanup:
        data_dir = plan.data_dir or cleanup.enter_context(temporary_data_dir())
        data_dir = cleanup.enter_context(locked_data_dir(data_dir))
        report, is_complete = asyncio.run(_run(plan.located(data_dir), as_json=as_json))
    if as_json:
        click.echo(json.dumps(report))
    return INTERRUPTED_EXIT_CODE if plan.once and not is_complete else 0


async def _run(plan: StackPlan, *, as_json: bool) -> tuple[dict[str, Any] | None, bool]:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, stop.set)
    # Under nohup a hang-up is ignored, and stays so.
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        loop.add_signal_handler(signal.SIGHUP, stop.set)
    figures: Figures | None = None
    end_s: float | None = None
    async with StatusClient() as client:
        session = _Session(plan, client)
        try:
            await first_of(stop.wait(), session.live())
            if stop.is_set():
                end_s = time.monotonic() + STOP_BUDGET_S
                _say("stopping")
            if as_json:
                figures = await session.figures(
                    HASTY_REPORT_DEADLINE_S if stop.is_set() else REPORT_DEADLINE_S
                )
        finally:
            endings = await session.stack.stop(end_s)
    report = None
    if figures is not None:
        reports = {name: ending.report for name, ending in endings.items()}
        report = stack_report(figures, reports)
    return report, session.is_complete


class _Session:
    """One run of a stack."""

    def __init__(self, plan: StackPlan, client: StatusClient) -> None:
        self._plan = plan
        self._client = client
        self._began_s = time.monotonic()
        self._counts_before: dict[str, int] = {}
        self.stack = Stack(plan, _say)
        self._memory = MemoryWatch(self.stack.pids)
        self.is_complete = False

    async def live(self) -> bool:
        """Start the stack and keep it running until a replay that runs `once` is stored."""
        kafka = await self.stack.start_broker()
        try:
            self._counts_before = await topic_counts(kafka)
        except KafkaError as error:
            raise ServiceError(
                f"the broker does not tell how many records its topics hold ({error}); see its log"
            ) from None
        await self.stack.start_services()
        _say(f"page:   {self.stack.page_url}{PAGE_PATH}   (Ctrl-C stops everything)")
        if sql_url := self.stack.sql_url:
            _say(f"SQL:    {sql_url}   (ClickHouse's HTTP interface, read-only)")
            if not sql_url.endswith(f":{SQL_PORT}"):
                _say(f'        from a shell: wallwatch sql --url {sql_url} "SELECT ..."')
        work = [self.stack.watch(), self._memory.run()]
        if self._plan.mode is Mode.REPLAY:
            work.append(self._follow_replay(kafka))
        await first_of(*work)
        return True

    async def figures(self, deadline_s: float) -> Figures | None:
        """Return what can only be read while the stack runs; None where it never came up.

        Raises ServiceError if it does not answer within `deadline_s`.
        """
        if self.stack.kafka is None or not self.stack.page_url:
            return None
        self._memory.sample()
        try:
            async with asyncio.timeout(deadline_s):
                counts = await topic_counts(self.stack.kafka)
                worker, exchanges = await self._statuses()
        except (KafkaError, TimeoutError) as error:
            raise ServiceError(f"no report: the stack does not answer ({error})") from None
        return Figures(
            worker=worker,
            exchanges=exchanges,
            counts_before=self._counts_before,
            counts_after=counts,
            rss_mb=self._memory.report(),
            restarts=self.stack.restarts,
            seconds=time.monotonic() - self._began_s,
        )

    async def _follow_replay(self, kafka: KafkaSettings) -> None:
        """Show the progress; return when the replay is stored, if it is to run once."""
        line = ProgressLine()
        while True:
            worker, exchanges = await self._statuses()
            line.show(replay_text(exchanges.values(), worker))
            if worker is not None and self.stack.ingest_ended.done():
                counts = await topic_counts(kafka)
                if is_stored(worker, counts):
                    break
            await asyncio.sleep(POLL_S)
        self.is_complete = True
        line.end(f"{replay_text(exchanges.values(), worker)}: processed and stored")
        if not self._plan.once:
            await asyncio.Event().wait()

    async def _statuses(self) -> tuple[PipelineStatus | None, dict[str, dict[str, Any]]]:
        worker = await self._client.pipeline(self.stack.page_url + PIPELINE_PATH)
        exchanges: dict[str, dict[str, Any]] = {}
        for name, url in self.stack.exchange_urls.items():
            if (status := await self._client.read(url + EXCHANGE_PATH)) is not None:
                exchanges[name] = status
        return worker, exchanges


def _say(line: str) -> None:
    click.echo(line, err=True)

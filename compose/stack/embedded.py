"""The local stack: broker, built-in exchange, worker and ingest as child processes."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from typing import Any, Final, NoReturn

from compose.brokers.base import Broker, BrokerError, Say
from compose.brokers.choice import choose_broker
from compose.brokers.probe import free_port, port_problem
from compose.errors import UserError
from compose.stack.concurrency import first_of
from compose.stack.plan import Mode, StackPlan, with_values
from compose.stack.service_child import Ending, ServiceChild, ServiceError
from compose.stack.supervise import Supervisor
from schemas.kafka.admin import ensure_topics
from schemas.quotes import quote_note
from schemas.settings import KafkaSettings, Settings

START_DEADLINE_S: Final = 60.0
STOP_BUDGET_S: Final = 4.0
"""All of the stack together; what overruns its share is killed."""
UNHURRIED_STOP_S: Final = 20.0
"""The same where nobody waits: everything may come to its own end."""
BROKER_SHARE_S: Final = 1.0
"""Kept back for the broker, which stops last and has to save."""
LEAST_GRACE_S: Final = 0.2


class Stack:
    """Starts the processes of a plan in order, keeps them running, stops them in reverse."""

    def __init__(self, plan: StackPlan, say: Say) -> None:
        """`plan` must be located: its data dir is known. Needs a running event loop."""
        if plan.data_dir is None:
            raise ValueError("the plan has no data dir")
        self._plan = plan
        self._say = say
        self._data_dir = plan.data_dir
        self._settings = plan.settings
        self._log_dir = self._data_dir / "logs"
        self._temporary_dir = self._data_dir / "tmp"
        self._broker: Broker = choose_broker(
            plan.broker, self._data_dir, self._log_dir, say, plan.settings.kafka
        )
        self._services: dict[str, ServiceChild] = {}
        self._supervisors: list[Supervisor] = []
        self.ingest_ended: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        """How ingest ended, once a replay is over."""
        self.kafka: KafkaSettings | None = None
        """How to reach the broker, once it runs."""
        self.page_url = ""
        self.exchange_url: str | None = None

    @property
    def restarts(self) -> int:
        """How often a service was started again."""
        return sum(supervisor.restarts for supervisor in self._supervisors)

    def pids(self) -> dict[str, int | None]:
        """Return the process ids by name, this process included; None: not running."""
        services = {name: service.pid for name, service in self._services.items()}
        return {"up": os.getpid(), "broker": self._broker.pid, **services}

    async def start_broker(self) -> KafkaSettings:
        """Start the broker, create the topics, return how to reach them.

        Raises UserError; `stop` must be called in any case.
        """
        self._settings = _with_web(self._settings)
        # What a killed service left behind last time.
        shutil.rmtree(self._temporary_dir, ignore_errors=True)
        self._temporary_dir.mkdir(parents=True)
        bootstrap = await self._broker.start()
        self._say(f"broker: {self._broker.description} at {bootstrap}")
        self._settings = with_values(self._settings, {"kafka": {"brokers": bootstrap}})
        await ensure_topics(self._settings.kafka)
        self.kafka = self._settings.kafka
        return self.kafka

    async def start_services(self) -> None:
        """Start the built-in exchange, the worker and ingest. Raises UserError."""
        settings = await self._with_market(self._settings)
        self._say(f"market: {self._plan.mode.value}, {', '.join(settings.ingest.symbols)}")
        if note := quote_note(settings.ingest.symbols, settings.quotes):
            self._say(note)
        worker = await self._start_service("worker", settings)
        self.page_url = str(worker["url"])
        await self._start_service("ingest", settings)

    async def watch(self) -> NoReturn:
        """Keep everything running until cancelled; `ingest_ended` tells when a replay is over.

        Raises UserError when something ended that cannot be started again.
        """
        watches = [self._broker_must_run(), self._worker_must_run(), self._watch_ingest()]
        if "exchange" in self._services:
            watches.append(self._exchange_must_run())
        await first_of(*watches)
        raise AssertionError("no watch ever returns")

    async def stop(self, end_s: float | None = None) -> dict[str, Ending]:
        """Stop ingest, then worker and exchange, then the broker; return how services ended.

        What is not done at `end_s` (`time.monotonic`) is killed; None: UNHURRIED_STOP_S from now.
        """
        if end_s is None:
            end_s = time.monotonic() + UNHURRIED_STOP_S
        endings: dict[str, Ending] = {}
        for names in (("ingest",), ("worker", "exchange")):
            present = [self._services[name] for name in names if name in self._services]
            grace_s = max(LEAST_GRACE_S, end_s - BROKER_SHARE_S - time.monotonic())
            for ending in await asyncio.gather(*(child.stop(grace_s) for child in present)):
                if ending is not None:
                    endings[ending.name] = ending
        await self._broker.stop(max(LEAST_GRACE_S, end_s - time.monotonic()))
        return endings

    async def _with_market(self, settings: Settings) -> Settings:
        plan = self._plan
        if not plan.has_own_exchange:
            if plan.symbols is None:
                return settings
            # Who names symbols wants these alone.
            only = {"symbols": plan.symbols, "smart_money_symbols": ()}
            return with_values(settings, {"ingest": only})
        ready = await self._start_service("exchange", settings, self._exchange_arguments())
        self.exchange_url = str(ready["rest_url"])
        for notice in ready["notices"]:
            self._say(notice)
        offered = tuple(ready["symbols"])
        symbols = plan.symbols or offered
        check_symbols(symbols, offered)
        ingest = {
            "symbols": symbols,
            "websocket_url": str(ready["websocket_url"]),
            "rest_url": self.exchange_url,
        }
        return with_values(settings, {"ingest": ingest})

    def _exchange_arguments(self) -> list[str]:
        plan = self._plan
        faults = ["--faults", str(plan.faults)] if plan.faults is not None else []
        if plan.mode is Mode.REPLAY:
            return ["--replay", str(plan.capture), "--speed", str(plan.speed), *faults]
        arguments = ["--seed", str(plan.seed), *faults]
        if plan.symbols:
            arguments += ["--symbols", ",".join(plan.symbols)]
        return arguments

    async def _start_service(
        self, name: str, settings: Settings, arguments: list[str] | None = None
    ) -> dict[str, Any]:
        service = ServiceChild(
            name, arguments or [], settings, self._log_dir, temporary_dir=self._temporary_dir
        )
        self._services[name] = service
        return await service.start(START_DEADLINE_S)

    async def _worker_must_run(self) -> None:
        ending = await self._supervised("worker").run()
        raise ServiceError(f"the worker ended unexpectedly; log: {ending.log_path}")

    async def _watch_ingest(self) -> None:
        ending = await self._supervised("ingest").run()
        if self._plan.mode is not Mode.REPLAY:
            raise ServiceError(f"ingest ended unexpectedly; log: {ending.log_path}")
        self.ingest_ended.set_result(ending)
        await asyncio.Event().wait()

    def _supervised(self, name: str) -> Supervisor:
        supervisor = Supervisor(self._services[name], self._say, START_DEADLINE_S)
        self._supervisors.append(supervisor)
        return supervisor

    async def _exchange_must_run(self) -> None:
        ending = await self._services["exchange"].ended()
        raise ServiceError(f"the market ended: {ending.describe()}")

    async def _broker_must_run(self) -> None:
        raise BrokerError(f"the broker ended: {await self._broker.died()}")


def check_symbols(wanted: tuple[str, ...], offered: tuple[str, ...]) -> None:
    """Raise UserError if a symbol is not among those offered."""
    unknown = [symbol for symbol in wanted if symbol not in offered]
    if unknown:
        raise UserError(f"unknown symbol {', '.join(unknown)}; known are {', '.join(offered)}")


def _with_web(settings: Settings) -> Settings:
    """Settle the page's port now, so that it stays the same over restarts of the worker."""
    host, port = settings.web.host, settings.web.port
    if port == 0:
        port = free_port()
    elif (problem := port_problem(host, port)) is not None:
        raise UserError(
            f"the page cannot use {host}:{port}: {problem}; choose another port with --port, or 0 "
            "for a free one"
        )
    return with_values(settings, {"web": {"port": port, "stack_pid": os.getpid()}})

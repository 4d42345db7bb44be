"""The local stack: broker, built-in exchange, worker and ingest as child processes."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from compose.asking.sql_port import SqlPort
from compose.brokers.base import Broker, BrokerError, Say
from compose.brokers.choice import choose_broker
from compose.brokers.probe import free_port, port_problem
from compose.captures import Capture, check_markets
from compose.errors import UserError
from compose.stack.concurrency import first_of
from compose.stack.plan import Mode, StackPlan, symbols_in_words, with_values
from compose.stack.service_child import Ending, ServiceChild, ServiceError
from compose.stack.supervise import Supervisor
from ingest.errors import IngestError
from schemas.kafka.admin import ensure_topics
from schemas.quotes import quote_note
from schemas.record import split_key, symbol_key
from schemas.settings import KafkaSettings, Settings, VenueName

START_DEADLINE_S: Final = 60.0
STOP_BUDGET_S: Final = 4.0
"""All of the stack together; what overruns its share is killed."""
UNHURRIED_STOP_S: Final = 20.0
"""The same where nobody waits: everything may come to its own end."""
BROKER_SHARE_S: Final = 1.0
"""Kept back for the broker, which stops last and has to save."""
LEAST_GRACE_S: Final = 0.2
"""Where an embedded store answers SQL unless somebody else is there: what a client is told once."""


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
        self._sql_port = SqlPort()
        self._services: dict[str, ServiceChild] = {}
        self._supervisors: list[Supervisor] = []
        self.ingest_ended: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        """How ingest ended, once a replay is over."""
        self.kafka: KafkaSettings | None = None
        """How to reach the broker, once it runs."""
        self.page_url = ""
        self.sql_url = ""
        """Where an embedded store answers SQL; empty: it has an interface of its own."""
        self.exchange_urls: dict[str, str] = {}
        """REST root of each venue of the built-in exchange: `exchange`, or `exchange-<venue>`
        where there are several."""

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
        self._settings = self._sql_port.settle(_with_web(self._settings))
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
        feed = await self._feed(self._settings)
        named = _markets_of(feed)
        symbols = [split_key(market)[1] for market in named]
        is_one = len({split_key(market)[0] for market in named}) < 2
        self._say(
            f"market: {self._plan.mode.value}, {symbols_in_words(symbols if is_one else named)}"
        )
        if note := quote_note(symbols, self._settings.quotes):
            self._say(note)
        worker = await self._start_service("worker", _read_together(feed, self._plan.mode))
        self.page_url = str(worker["url"])
        self.sql_url = str(worker.get("sql_url", ""))
        await self._start_service("ingest", feed)

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
        for is_first in (True, False):
            present = [
                child for name, child in self._services.items() if (name == "ingest") is is_first
            ]
            grace_s = max(LEAST_GRACE_S, end_s - BROKER_SHARE_S - time.monotonic())
            for ending in await asyncio.gather(*(child.stop(grace_s) for child in present)):
                if ending is not None:
                    endings[ending.name] = ending
        await self._broker.stop(max(LEAST_GRACE_S, end_s - time.monotonic()))
        self._sql_port.release()
        return endings

    async def _feed(self, settings: Settings) -> Settings:
        """Return the settings of ingest; start the exchange that it reads."""
        plan = self._plan
        if not plan.has_own_exchange:
            if plan.symbols is None:
                return settings
            # Who names symbols wants these alone.
            only = {"symbols": plan.symbols, "smart_money_symbols": (), "markets": {}}
            return with_values(settings, {"ingest": only})
        if settings.ingest.markets and not plan.captures and plan.symbols is None:
            return await self._simulated_venues(settings)
        if len(plan.captures) < 2:
            own = plan.captures[0].settings(settings) if plan.captures else settings
            return await self._one_venue(own)
        return await self._played_venues(settings)

    def _wanted(self, settings: Settings) -> dict[Capture, tuple[str, ...]]:
        """Return the wanted symbols of each capture. Raises UserError."""
        plan = self._plan
        try:
            markets = [split_key(m) for m in check_markets(plan.captures, settings, plan.symbols)]
        except IngestError as error:
            raise UserError(str(error)) from None
        found: dict[Capture, tuple[str, ...]] = {}
        for capture in plan.captures:
            venue = capture.settings(settings).ingest.venue
            found[capture] = tuple(symbol for other, symbol in markets if other == venue)
            if not found[capture]:
                raise UserError(f"{capture.path} holds none of the wanted symbols")
        return found

    async def _one_venue(self, settings: Settings) -> Settings:
        """Start an exchange of one venue; return the settings of the ingest that reads it."""
        plan = self._plan
        arguments = ["--seed", str(plan.seed), *self._capture_arguments(settings)]
        if plan.symbols and not plan.captures:
            arguments += ["--symbols", ",".join(plan.symbols)]
        ready = await self._start_service("exchange", settings, arguments)
        self.exchange_urls["exchange"] = str(ready["rest_url"])
        for notice in ready["notices"]:
            self._say(notice)
        offered = tuple(ready["symbols"])
        symbols = plan.symbols or offered
        check_symbols(symbols, offered)
        ingest: dict[str, Any] = {"symbols": symbols, "markets": {}, **_addresses(ready)}
        return with_values(settings, {"ingest": ingest})

    async def _played_venues(self, settings: Settings) -> Settings:
        """Start one exchange that plays all captures; return the settings of the ingest that reads
        it."""
        wanted = self._wanted(settings)
        markets = {c.settings(settings).ingest.venue: symbols for c, symbols in wanted.items()}
        ready = await self._start_service("exchange", settings, self._capture_arguments(settings))
        for told in ready["venues"].values():
            for notice in told["notices"]:
                self._say(notice)
        return self._reading(settings, ready, markets)

    async def _simulated_venues(self, settings: Settings) -> Settings:
        """Start one exchange of several venues; return the settings of the ingest that reads it."""
        markets = ",".join(_markets_of(settings))
        arguments = ["--seed", str(self._plan.seed), "--markets", markets]
        ready = await self._start_service("exchange", settings, arguments)
        return self._reading(settings, ready, settings.ingest.markets)

    def _reading(
        self,
        settings: Settings,
        ready: Mapping[str, Any],
        markets: Mapping[VenueName, tuple[str, ...]],
    ) -> Settings:
        """Return the settings of the ingest of several venues of one exchange."""
        own: dict[str, dict[str, Any]] = {}
        for venue, told in ready["venues"].items():
            self.exchange_urls[f"exchange-{venue}"] = str(told["rest_url"])
            own[venue] = settings.ingest.venue_settings.get(venue, {}) | _addresses(told)
        return with_values(settings, {"ingest": {"markets": markets, "venue_settings": own}})

    def _capture_arguments(self, settings: Settings) -> list[str]:
        """Return what the exchange is told of captures and faults."""
        plan = self._plan
        arguments = ["--faults", str(plan.faults)] if plan.faults is not None else []
        for capture in plan.captures:
            venue = capture.settings(settings).ingest.venue
            arguments += ["--replay", f"{venue}:{capture.path}"]
        return [*arguments, "--speed", str(plan.speed)] if plan.captures else arguments

    async def _start_service(
        self,
        name: str,
        settings: Settings,
        arguments: list[str] | None = None,
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


def _markets_of(feed: Settings) -> tuple[str, ...]:
    """Return the markets (`venue:symbol`) that an ingest with these settings follows."""
    ingest = feed.ingest
    chosen = ingest.markets or {ingest.venue: ingest.symbols}
    return tuple(symbol_key(venue, s) for venue, symbols in chosen.items() for s in symbols)


def _addresses(ready: Mapping[str, Any]) -> dict[str, str]:
    """Return where the exchange serves a venue, as the settings name it."""
    return {name: str(ready[name]) for name in ("websocket_url", "rest_url")}


def _read_together(settings: Settings, mode: Mode) -> Settings:
    """Return the settings of the worker: several markets are read together by coin, unless the
    settings name others. The finished log of a replay is waited for."""
    markets = _markets_of(settings)
    if settings.cross.markets or len({split_key(market)[0] for market in markets}) < 2:
        return settings
    cross: dict[str, Any] = {"markets": markets}
    if mode is Mode.REPLAY:
        cross["max_wait_ms"] = None
    return with_values(settings, {"cross": cross})


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

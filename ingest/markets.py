"""Several venues in one process: each has its own session, budget, bans, health and shards; venues
that count requests together share a budget.

One that cannot be reached, or fails, is started again after a while and leaves the others alone.
"""

import asyncio
import logging
from collections import Counter
from typing import Any, Final

from pydantic import ValidationError

from ingest.connections.backoff import Backoff
from ingest.errors import IngestError
from ingest.rest_api.shared_budgets import SharedBudgets
from ingest.service import run_ingest
from ingest.venue_session import Ready
from schemas.settings import Settings, VenueName

logger = logging.getLogger(__name__)

FIRST_PAUSE_S: Final = 5.0
LONGEST_PAUSE_S: Final = 120.0


async def run_markets(settings: Settings, stop: asyncio.Event, ready: Ready) -> dict[str, Any]:
    """Publish all `ingest.markets` until `stop` is set or every source is exhausted.

    `ready` is called once each venue has subscribed to its streams or has failed. Returns the
    report, sums over the venues and each of them by name. Raises IngestError if none of the venues
    can be started.
    """
    if not settings.ingest.markets:
        return await run_ingest(settings, stop, ready)
    start = _Start(len(settings.ingest.markets), ready)
    budgets = SharedBudgets()
    venues = {
        venue: _Venue(venue, _settings_of(settings, venue, place), start, stop, budgets)
        for place, venue in enumerate(settings.ingest.markets)
    }
    async with asyncio.TaskGroup() as group:
        tasks = {name: group.create_task(venue.run()) for name, venue in venues.items()}
        await start.decided.wait()
        if not start.facts:
            for task in tasks.values():
                task.cancel()
    if not start.facts:
        raise IngestError("; ".join(start.failed.values()))
    return _merged({name: task.result() for name, task in tasks.items()})


class _Start:
    """Which venues are ready, which have failed at first."""

    def __init__(self, expected: int, ready: Ready) -> None:
        self._expected = expected
        self._ready = ready
        self.facts: dict[str, dict[str, Any]] = {}
        self.failed: dict[str, str] = {}
        self.decided = asyncio.Event()

    def ready(self, venue: str, facts: dict[str, Any]) -> None:
        self.facts.setdefault(venue, facts)
        self._look()

    def failure(self, venue: str, reason: str) -> None:
        self.failed.setdefault(venue, reason)
        self._look()

    def _look(self) -> None:
        if self.decided.is_set() or len(self.facts.keys() | self.failed.keys()) < self._expected:
            return
        self.decided.set()
        if self.facts:
            first = next(iter(self.facts.values()))
            waiting = {name: why for name, why in self.failed.items() if name not in self.facts}
            self._ready({**first, "markets": self.facts, "waiting": waiting})


class _Venue:
    """One venue, run again when it fails."""

    def __init__(
        self,
        name: VenueName,
        settings: Settings,
        start: _Start,
        stop: asyncio.Event,
        budgets: SharedBudgets,
    ) -> None:
        self._name = name
        self._settings = settings
        self._start = start
        self._stop = stop
        self._budgets = budgets

    async def run(self) -> dict[str, Any]:
        """Return the report of the last run."""
        backoff = Backoff(base_s=FIRST_PAUSE_S, cap_s=LONGEST_PAUSE_S)
        failures = 0
        while True:
            try:
                report = await run_ingest(
                    self._settings,
                    self._stop,
                    lambda told: self._start.ready(self._name, told),
                    self._budgets,
                )
                return {**report, "failures": failures}
            except IngestError as error:
                reason = f"{self._name}: {error}"
            except Exception as error:
                # A fault of one venue's code is no reason to stop the others.
                logger.exception("%s failed", self._name)
                reason = f"{self._name}: {error!r}"
            failures += 1
            pause_s = FIRST_PAUSE_S + backoff.next_s()
            logger.warning("%s; next attempt in %.0f s", reason, pause_s)
            self._start.failure(self._name, reason)
            try:
                async with asyncio.timeout(pause_s):
                    await self._stop.wait()
            except TimeoutError:
                continue
            return {"failures": failures}


def _settings_of(settings: Settings, venue: VenueName, place: int) -> Settings:
    """Return the settings of one venue; raises IngestError where its own are wrong."""
    try:
        ingest = settings.ingest.of_venue(venue)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise IngestError(f"ingest.venue_settings.{venue}.{field}: {first['msg']}") from None
    if ingest.metrics_port:
        # Each venue has its own page of metrics and health, on the ports that follow.
        ingest = ingest.model_copy(update={"metrics_port": ingest.metrics_port + place})
    return settings.model_copy(update={"ingest": ingest})


def _merged(reports: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the sums of all figures, and the reports by venue."""
    sums: Counter[str] = Counter()
    for report in reports.values():
        sums.update({k: v for k, v in report.items() if type(v) in (int, float)})
    return {**sums, "markets": reports}

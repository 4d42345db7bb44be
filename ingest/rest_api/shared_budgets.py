"""The REST budgets of several venues: those that the venue counts together are one."""

import asyncio

from ingest.rest_api.ban_file import BanFile
from ingest.rest_api.budget import WeightBudget
from ingest.venues.base import Venue
from schemas.settings import IngestSettings


class SharedBudgets:
    """Budgets by what the venue counts together. What closes one closes it for all of them."""

    def __init__(self) -> None:
        self._budgets: dict[str, WeightBudget] = {}

    def of(self, venue: Venue, settings: IngestSettings, bans: BanFile) -> WeightBudget:
        """Return the budget of a venue, the smallest that its settings and those before it allow;
        a ban of earlier runs that still lasts is in it. Needs a running event loop."""
        limit = int(settings.weight_per_minute * settings.weight_share)
        budget = self._budgets.setdefault(
            venue.budget or venue.name, WeightBudget(limit, settings.weight_window_s)
        )
        budget.narrow(limit)
        budget.remembered(bans.remaining_s(), asyncio.get_running_loop().time())
        return budget

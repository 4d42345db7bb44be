"""All markets of a coin over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from aiohttp import web

from dashboards.coins import coin_document, markets_of_coins
from dashboards.queries.markets import (
    COIN_ACTIONS_NOW,
    COIN_CLOCKS_NOW,
    COIN_FINDINGS,
    COINS_NOW,
)
from dashboards.reader import Row
from dashboards.web.api.params import BadParameterError, CoinParams, parse
from dashboards.web.api.routes import Route
from dashboards.web.http import json_response
from dashboards.web.markets.answers import CoinsAnswer
from dashboards.web.site import Site
from schemas.units import HOUR_MS

TOLD_MS: Final = HOUR_MS
"""What was said longer ago than this before the newest event of the coins is not shown."""
MOST_FINDINGS: Final = 40
"""Of a coin."""


class MarketsApi:
    """Handlers of /api/v1/markets."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        """Return what is served."""
        return [
            Route(
                "/api/v1/markets",
                self.markets,
                "Each coin with all of its markets: one ladder of their walls, who agrees, clocks",
                params=CoinParams,
                answer=CoinsAnswer,
                errors=(404,),
            )
        ]

    async def markets(self, request: web.Request) -> web.Response:
        """All coins, or one."""
        params = parse(CoinParams, request.query)
        document = await self.view()
        if params.coin is not None:
            known = [coin["coin"] for coin in document["coins"]]
            if params.coin not in known:
                raise BadParameterError("coin", f"unknown coin {params.coin}", known, 404)
            document["coins"] = [c for c in document["coins"] if c["coin"] == params.coin]
        return json_response(document)

    async def view(self) -> dict[str, Any]:
        """Return all coins. Raises StoreError."""
        snapshot = await self._site.snapshots.current()
        coins = markets_of_coins(snapshot.states.values())
        if not coins:
            return {"coins": []}
        newest = max(state.now_ms for states in coins.values() for state in states)
        several = [coin for coin, states in coins.items() if len(states) > 1]
        asked = {"coins": several, "from_ms": newest - TOLD_MS, "limit": MOST_FINDINGS}
        queries = (COINS_NOW, COIN_ACTIONS_NOW, COIN_CLOCKS_NOW, COIN_FINDINGS)
        seconds, actions, clocks, findings = (
            await asyncio.gather(*(self._site.reader.rows(query, asked) for query in queries))
            if several
            else ([], [], [], [])
        )
        within_bps = self._site.settings.cross.within_bps
        return {
            "coins": [
                coin_document(
                    coin,
                    states,
                    next(iter(_of(coin, seconds)), None),
                    next(iter(_of(coin, actions)), None),
                    _of(coin, clocks),
                    _of(coin, findings),
                    within_bps,
                )
                for coin, states in coins.items()
            ]
        }


def _of(coin: str, rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["coin"] == coin]

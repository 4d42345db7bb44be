"""Large orders: status, detection, history, export, and one order in depth."""

from __future__ import annotations

import re
from typing import Any, Final

from aiohttp import web

from dashboards.order_story import evidence_parts, in_words, with_evidence
from dashboards.queries.orders import ACTIONS_WINDOW, ORDER, ORDER_HISTORY
from dashboards.reader import Row
from dashboards.web.answers.orders import (
    DetectAnswer,
    HistoryAnswer,
    OrderAnswer,
    StatusAnswer,
    SymbolsAnswer,
)
from dashboards.web.api.export import csv_text, latest_actions
from dashboards.web.api.params import (
    BadParameterError,
    ExportParams,
    HistoryParams,
    OrderParams,
    SymbolParams,
    parse,
)
from dashboards.web.api.routes import Route
from dashboards.web.http import json_response
from dashboards.web.site import Site
from dashboards.web.snapshot import HORIZON_MS
from schemas.units import HOUR_MS, NEVER_MS

NOT_OF_A_FILE_NAME: Final = re.compile(r"[^A-Za-z0-9._-]")
AROUND_MS: Final = 30_000
"""Flow shown before and after an order's life."""


class OrdersApi:
    """Handlers of /api/v1/large-orders."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        """Return what is served."""
        root = "/api/v1/large-orders"
        return [
            Route("/api/v1/symbols", self.symbols, "The symbols alone", answer=SymbolsAnswer),
            Route(f"{root}/status", self.status, "All symbols and orders", answer=StatusAnswer),
            Route(
                f"{root}/detect",
                self.detect,
                "One symbol with its orders and the evidence",
                params=SymbolParams,
                answer=DetectAnswer,
                errors=(404,),
            ),
            Route(
                f"{root}/history",
                self.history,
                "Orders of one symbol by when they ended or were last heard of, the newest first",
                params=HistoryParams,
                answer=HistoryAnswer,
                errors=(404,),
            ),
            Route(
                f"{root}/export.csv",
                self.export,
                "The history as CSV; of a closed order quantity, value and impact are the largest",
                params=ExportParams,
                media="text/csv",
                errors=(404,),
            ),
            Route(
                f"{root}/order",
                self.order,
                "One order in words, and the time that the panels of wallwatch-order need",
                params=OrderParams,
                answer=OrderAnswer,
                errors=(404,),
            ),
        ]

    async def symbols(self, _: web.Request) -> web.Response:
        """The symbols and their newest event, for a list to choose from."""
        snapshot = await self._site.snapshots.current()
        known = [
            {"venue": venue, "symbol": symbol, "now_ms": state.now_ms, **state.liveness.as_dict()}
            for (venue, symbol), state in snapshot.states.items()
        ]
        return json_response({"symbols": known})

    async def status(self, _: web.Request) -> web.Response:
        """All symbols with their orders."""
        snapshot = await self._site.snapshots.current()
        return json_response({"impact_threshold": self._site.impact_threshold, **snapshot.status()})

    async def detect(self, request: web.Request) -> web.Response:
        """One symbol with its orders and the evidence."""
        params = await self._site.symbol_params(request, SymbolParams)
        state = await self._site.symbol(params.symbol, params.venue)
        return json_response({"impact_threshold": self._site.impact_threshold, **state.detail()})

    async def history(self, request: web.Request) -> web.Response:
        """Orders of one symbol."""
        params = await self._site.symbol_params(request, HistoryParams)
        asked, rows = await self._history(params)
        state = await self._site.symbol(asked["symbol"], asked["venue"])
        return json_response(
            {
                **state.liveness.as_dict(),
                **{name: asked[name] for name in ("venue", "symbol", "from_ms", "to_ms")},
                "count": min(len(rows), params.limit),
                "truncated": len(rows) > params.limit,
                "orders": [with_evidence(row) for row in rows[: params.limit]],
            }
        )

    async def export(self, request: web.Request) -> web.Response:
        """Orders of one symbol as CSV, each with the newest action at its last event."""
        params = await self._site.symbol_params(request, ExportParams)
        asked, rows = await self._history(params)
        actions = await self._site.reader.rows(
            ACTIONS_WINDOW, {**asked, "from_ms": asked["from_ms"] - HOUR_MS}
        )
        shown = rows[: params.limit]
        text = csv_text(shown, latest_actions(actions, [row["event_time"] for row in shown]))
        name = f"large-orders-{NOT_OF_A_FILE_NAME.sub('_', asked['symbol'])}.csv"
        return web.Response(
            text=text,
            content_type="text/csv",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    async def order(self, request: web.Request) -> web.Response:
        """One order in depth."""
        order_id = parse(OrderParams, request.query).order_id
        reader = self._site.reader
        found = await reader.rows(ORDER, {"order_id": order_id, **_first_seen(order_id)})
        if not found:
            message = f"unknown order {order_id}"
            raise BadParameterError(
                "order_id", message, "an order_id of large_orders or large-orders/status", 404
            )
        order = with_evidence(found[0])
        snapshot = await self._site.snapshots.current()
        age = snapshot.age(order["venue"], order["symbol"])
        return json_response(
            {
                **age.as_dict(),
                "order": {name: value for name, value in order.items() if name != "sequence"},
                "words": in_words(order, age, snapshot.quote(order["venue"], order["symbol"])),
                "evidence_parts": evidence_parts(order),
                "from_ms": order["first_seen"] - AROUND_MS,
                "to_ms": order["event_time"] + AROUND_MS,
            }
        )

    async def _history(self, params: HistoryParams) -> tuple[dict[str, Any], list[Row]]:
        """Return what was asked for, complete, and one row more than the limit if there is one."""
        (venue, symbol), now_ms = await self._site.key(params.symbol, params.venue)
        to_ms = now_ms if params.to_ms is None else params.to_ms
        from_ms = max(0, to_ms - HOUR_MS) if params.from_ms is None else params.from_ms
        if from_ms > to_ms:
            raise BadParameterError(
                "from_ms", f"parameter from_ms: {from_ms} is after to_ms", f"integer <= {to_ms}"
            )
        asked = {"venue": venue, "symbol": symbol, "from_ms": from_ms, "to_ms": to_ms}
        rows = await self._site.reader.rows(
            ORDER_HISTORY,
            {
                **asked,
                "horizon_ms": HORIZON_MS,
                "state": params.state or "",
                "side": params.side or "",
                "classification": params.classification or "",
                "close_reason": params.close_reason or "",
                "pulled": _flag(params.pulled),
                "persistent": _flag(params.persistent),
                "spoof": _flag(params.spoof),
                "min_impact": params.min_impact,
                "limit": params.limit + 1,
            },
        )
        return asked, rows


def _flag(value: bool | None) -> int:
    return -1 if value is None else int(value)


def _first_seen(order_id: str) -> dict[str, int]:
    """Return between which times an order was first seen; its id ends with it."""
    *_, last = order_id.rpartition(":")
    if last.isdecimal() and len(last) < 16:
        return {"first_from": int(last), "first_to": int(last)}
    return {"first_from": 0, "first_to": NEVER_MS}

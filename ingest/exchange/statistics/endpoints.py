"""The REST paths of the statistics in each market of the venue, with weights and parameters.

Sources: https://developers.binance.com/docs/derivatives/usds-margined-futures/market-data/rest-api,
the same of coin-margined-futures, and
https://developers.binance.com/docs/binance-spot-api-docs/rest-api/market-data-endpoints
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec

from ingest.exchange.dialect import Dialect
from ingest.exchange.errors import VenueError
from ingest.exchange.queries import Query, integer, limit_for_weight, limit_of, wanted_symbol
from ingest.exchange.statistics.candles import INTERVALS_MS
from ingest.exchange.statistics.figures import (
    best_quotes,
    day_figures,
    funding_answers,
    kline,
    newest_trades,
    open_interest_answers,
    pair_interest,
    pair_of,
)
from ingest.exchange.statistics.history import SymbolHistory

Histories = Callable[[], dict[str, SymbolHistory]]
"""Raises VenueError where a market has none, as a capture."""

Answer = Callable[[Query], Awaitable[bytes]]
Weigh = Callable[[Query], int]

OPEN_INTEREST_PATH: Final = "/futures/data/openInterestHist"
PERIODS: Final = ("5m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d")
CONTRACT_TYPES: Final = ("ALL", "CURRENT_QUARTER", "NEXT_QUARTER", "PERPETUAL")
MAX_KLINES: Final = 1_500
MAX_KLINES_SPOT: Final = 1_000
MAX_TRADES: Final = 1_000
MAX_FUNDINGS: Final = 1_000
MAX_OPEN_INTEREST: Final = 500
_KLINES_WEIGHTS: Final = ((99, 1), (499, 2), (1_000, 5), (MAX_KLINES, 10))


class Statistics:
    """Answers requests for the statistics of markets."""

    def __init__(self, histories: Histories, dialect: Dialect) -> None:
        self._histories = histories
        self._dialect = dialect
        self._is_coin_margined = dialect.is_coin_margined
        self._max_klines = MAX_KLINES if dialect.has_contracts else MAX_KLINES_SPOT

    def paths(self) -> list[tuple[str, Weigh, Answer]]:
        """Return (path below the root, or a whole one; weight; answer)."""
        if not self._dialect.has_contracts:
            return [
                ("ticker/bookTicker", lambda q: 2 if "symbol" in q else 4, self.quotes),
                ("ticker/24hr", lambda q: 2 if "symbol" in q else 80, self.day),
                ("trades", lambda q: 25, self.trades),
                ("klines", lambda q: 2, self.klines),
            ]
        interests = self.open_interests_of_pair if self._is_coin_margined else self.open_interests
        return [
            ("ticker/bookTicker", lambda q: 2 if "symbol" in q else 5, self.quotes),
            ("ticker/24hr", lambda q: 1 if "symbol" in q else 40, self.day),
            ("trades", lambda q: 5, self.trades),
            ("klines", _klines_weight, self.klines),
            ("fundingRate", lambda q: 1, self.fundings),
            (OPEN_INTEREST_PATH, lambda q: 0, interests),
        ]

    async def quotes(self, query: Query) -> bytes:
        """Answer ticker/bookTicker of one symbol or of all."""
        return self._one_or_all(query, self._quotes)

    async def day(self, query: Query) -> bytes:
        """Answer ticker/24hr of one symbol or of all."""
        return self._one_or_all(query, self._day)

    def _quotes(self, history: SymbolHistory) -> dict[str, Any]:
        quotes = self._dialect.without_absent("quotes", best_quotes(history.market))
        return self._with_pair(history, quotes)

    def _day(self, history: SymbolHistory) -> dict[str, Any]:
        day = self._dialect.without_absent("day", day_figures(history))
        if not self._dialect.has_contracts:
            # Spot tells the quotes and the price before the window, too.
            day = day | self._quotes(history) | {"prevClosePrice": day["openPrice"]}
        return self._with_pair(history, day)

    def _with_pair(self, history: SymbolHistory, fields: dict[str, Any]) -> dict[str, Any]:
        if not self._is_coin_margined:
            return fields
        return fields | {"pair": pair_of(history.market.spec)}

    async def trades(self, query: Query) -> bytes:
        """Answer trades: the newest single ones."""
        newest = newest_trades(self._of(query), limit_of(query, 500, MAX_TRADES))
        told = [self._dialect.without_absent("single", trade) for trade in newest]
        if not self._dialect.has_contracts:
            told = [trade | {"isBestMatch": True} for trade in told]
        return msgspec.json.encode(told)

    async def klines(self, query: Query) -> bytes:
        """Answer klines."""
        history, interval = self._of(query), query.get("interval", "")
        if interval not in INTERVALS_MS:
            raise VenueError(-1120, "Invalid interval.")
        spec, candles = history.market.spec, history.candles.of(interval)
        first_ms, last_ms = _range(query)
        chosen = [c for c in candles if first_ms <= c.start_ms <= last_ms]
        limit = limit_of(query, 500, self._max_klines)
        # From a start on the oldest ones are given, else the newest.
        chosen = chosen[:limit] if "startTime" in query else chosen[-limit:]
        return msgspec.json.encode([kline(spec, candle, interval) for candle in chosen])

    async def fundings(self, query: Query) -> bytes:
        """Answer fundingRate of one symbol, or of all by time."""
        wants_one = "symbol" in query or self._is_coin_margined
        histories = [self._of(query)] if wants_one else self._histories().values()
        answers = [
            self._dialect.without_absent("funding", answer)
            for history in histories
            for answer in funding_answers(history)
        ]
        answers.sort(key=lambda answer: int(answer["fundingTime"]))
        limit = limit_of(query, 100, MAX_FUNDINGS)
        return msgspec.json.encode(_between(answers, "fundingTime", query, limit))

    async def open_interests(self, query: Query) -> bytes:
        """Answer openInterestHist of a symbol."""
        history = self._of(query)
        answers = open_interest_answers(history, _period_ms(query))
        limit = limit_of(query, 30, MAX_OPEN_INTEREST)
        return msgspec.json.encode(_between(answers, "timestamp", query, limit))

    async def open_interests_of_pair(self, query: Query) -> bytes:
        """Answer openInterestHist of COIN-M, which names a pair and a kind of contract."""
        kind = _mandatory(query, "contractType")
        if kind not in CONTRACT_TYPES:
            raise VenueError(-1130, "Data sent for parameter 'contractType' is not valid.")
        pair, period_ms = _mandatory(query, "pair"), _period_ms(query)
        of_pair = [
            history
            for history in self._histories().values()
            if pair_of(history.market.spec) == pair
        ]
        if not of_pair:
            raise VenueError(-1121, "Invalid symbol.")
        # Here contracts that end are listed by name alone: none is the current quarter's.
        answers = [
            pair_interest(answer, pair, kind)
            for history in of_pair
            if kind == "ALL"
            or (history.market.spec.symbol == f"{pair}_PERP" and kind == "PERPETUAL")
            for answer in open_interest_answers(history, period_ms)
        ]
        limit = limit_of(query, 30, MAX_OPEN_INTEREST)
        return msgspec.json.encode(_between(answers, "timestamp", query, limit))

    def _of(self, query: Query) -> SymbolHistory:
        histories = self._histories()
        return histories[wanted_symbol(query, histories)]

    def _one_or_all(self, query: Query, figures: Callable[[SymbolHistory], Any]) -> bytes:
        if "symbol" in query:
            found = figures(self._of(query))
            # COIN-M answers with a list, however many there are.
            return msgspec.json.encode([found] if self._is_coin_margined else found)
        return msgspec.json.encode([figures(one) for one in self._histories().values()])


def _period_ms(query: Query) -> int:
    period = query.get("period", "")
    if period not in PERIODS:
        raise VenueError(-1130, "Data sent for parameter 'period' is not valid.")
    return INTERVALS_MS[period]


def _mandatory(query: Query, name: str) -> str:
    if not (value := query.get(name, "")):
        raise VenueError(
            -1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."
        )
    return value


def _klines_weight(query: Query) -> int:
    limit = limit_for_weight(query, 500)
    return next((weight for most, weight in _KLINES_WEIGHTS if limit <= most), 10)


def _between(
    answers: list[dict[str, Any]], field: str, query: Query, limit: int
) -> list[dict[str, Any]]:
    first_ms, last_ms = _range(query)
    chosen = [answer for answer in answers if first_ms <= int(answer[field]) <= last_ms]
    return chosen[:limit] if "startTime" in query else chosen[-limit:]


def _range(query: Query) -> tuple[int, int]:
    first_ms = integer(query, "startTime", 0)
    last_ms = integer(query, "endTime", 1 << 62)
    if first_ms > last_ms:
        raise VenueError(-1023, "Start time is greater than end time.")
    return first_ms, last_ms

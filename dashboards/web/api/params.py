"""What requests may ask, and what a wrong one is told: the parameter and what is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from dashboards.symbol_list import SortBy
from schemas.signals import Classification, CloseReason, ReadingKind, Side

HISTORY_LIMIT: Final = 5_000
"""Most orders of one answer."""
MAX_TIME_MS: Final = 4_102_444_800_000
"""The year 2100: later than any event, and what ClickHouse times hold."""


class BadParameterError(Exception):
    """A parameter that cannot be understood."""

    def __init__(self, parameter: str, message: str, allowed: Any, status: int = 400) -> None:
        """`allowed`: a list of the allowed values, or words that describe them."""
        super().__init__(message)
        self.parameter = parameter
        self.allowed = allowed
        self.status = status

    def document(self) -> dict[str, Any]:
        """Return the answer to the request."""
        return {"error": str(self), "parameter": self.parameter, "allowed": self.allowed}


class Params(BaseModel):
    """Query parameters. Unknown names are refused, so a typing error is never silent."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class SymbolParams(Params):
    """One symbol."""

    symbol: str = Field(min_length=1, description="Symbol, for example BTCUSDT")
    venue: str | None = Field(None, description="Venue; needed where several list the symbol")

    @field_validator("symbol", mode="before")
    @classmethod
    def _upper(cls, value: Any) -> Any:
        return value.strip().upper() if isinstance(value, str) else value


class HistoryParams(SymbolParams):
    """Orders of one symbol, newest first, by when they ended or were last heard of."""

    from_ms: int | None = Field(
        None,
        ge=0,
        description="Ended at or after, ms since the epoch; default: an hour before to_ms",
    )
    to_ms: int | None = Field(
        None, ge=0, description="Ended at or before, ms since the epoch; default: market time now"
    )
    state: Literal["open", "closed"] | None = Field(None, description="Only open or closed ones")
    side: Side | None = Field(None, description="Only one side of the book")
    classification: Classification | None = Field(None, description="Only one class")
    close_reason: CloseReason | None = Field(None, description="Only orders that ended so")
    pulled: bool | None = Field(
        None, description="true: cancelled or shrunk below the exit line; false: the others"
    )
    persistent: bool | None = Field(None, description="Only persistent ones, or only the others")
    spoof: bool | None = Field(None, description="Only SPOOF, or only the others")
    min_impact: float = Field(0.0, ge=0, description="Smallest peak impact ratio")
    limit: int = Field(500, ge=1, le=HISTORY_LIMIT, description="Most orders")


class ExportParams(HistoryParams):
    """The same as the history, as CSV."""

    limit: int = Field(HISTORY_LIMIT, ge=1, le=HISTORY_LIMIT, description="Most orders")


class OrderParams(Params):
    """One order."""

    order_id: str = Field(min_length=1, max_length=200, description="Id of the order")


class SmartMoneyParams(Params):
    """The reading of one symbol or of all."""

    symbol: str | None = Field(None, description="Symbol; default: all")

    @field_validator("symbol", mode="before")
    @classmethod
    def _upper(cls, value: Any) -> Any:
        return value.strip().upper() or None if isinstance(value, str) else value


class CoinParams(Params):
    """One coin or all."""

    coin: str | None = Field(None, description="Coin, for example BTC; default: all")

    @field_validator("coin", mode="before")
    @classmethod
    def _coin_upper(cls, value: Any) -> Any:
        return value.strip().upper() or None if isinstance(value, str) else value


class PanelParams(SmartMoneyParams, CoinParams):
    """What a panel is asked about: the newest minutes, or the time from `from_ms` on."""

    venue: str | None = Field(None, description="Venue; default: all")
    minutes: Literal[5, 15, 60, 240, 1_440] = Field(
        15, description="Length of the window up to now, minutes"
    )
    from_ms: int | None = Field(
        None, ge=0, le=MAX_TIME_MS, description="Begin instead of the minutes, ms since the epoch"
    )
    to_ms: int | None = Field(
        None,
        ge=0,
        le=MAX_TIME_MS,
        description="End where from_ms is given, ms since the epoch; default: now",
    )
    order_id: str | None = Field(
        None, max_length=200, description="The order, for panels of wallwatch-order"
    )

    @field_validator("minutes", mode="before")
    @classmethod
    def _number(cls, value: Any) -> Any:
        return int(value) if isinstance(value, str) and value.isdecimal() else value


class SmartMoneyHistoryParams(SmartMoneyParams):
    """Earlier readings."""

    hours: int = Field(24, ge=1, le=24 * 31, description="How far back, hours")


class ProofParams(SmartMoneyParams):
    """Which lines of the scorecard, and of how long."""

    symbol: str | None = Field(
        None, description="Symbol, or ALL for all together; default: every line"
    )
    venue: str | None = Field(None, description="Venue; default: every line")
    kind: ReadingKind | None = Field(None, description="Kind of reading; default: every line")
    label: str | None = Field(
        None, max_length=50, description="Class, action or rule, for example SPOOF; default: all"
    )
    horizon_ms: int | None = Field(None, ge=1, description="Horizon, ms; default: every line")
    hours: Literal[1, 6, 24, 168] = Field(
        24, description="Readings told in so many hours up to the newest outcome"
    )

    @field_validator("hours", mode="before")
    @classmethod
    def _number(cls, value: Any) -> Any:
        return int(value) if isinstance(value, str) and value.isdecimal() else value


class MacroParams(Params):
    """By how much of the past the model is judged."""

    hours: Literal[24, 168] = Field(168, description="Length of the sample up to now, hours")

    @field_validator("hours", mode="before")
    @classmethod
    def _number(cls, value: Any) -> Any:
        return int(value) if isinstance(value, str) and value.isdecimal() else value


class SettingsParams(SmartMoneyParams):
    """Whose settings."""

    symbol: str | None = Field(
        None, description="As changed at run time for this symbol; default: as configured"
    )


class SettingsWriteParams(Params):
    """Whose settings are changed, and when."""

    symbol: str = Field(min_length=1, description="Symbol, or * for all of ingest.venue")
    at_ms: int | None = Field(
        None,
        ge=0,
        le=MAX_TIME_MS,
        description="Event time from which it holds, ms since the epoch; default: 5 s from now",
    )


class MaxLossParams(SmartMoneyParams):
    """Whose greatest loss."""

    symbol: str = Field("*", min_length=1, description="Symbol; default: * for all")


class MaxLossWriteParams(SettingsWriteParams):
    """Whose greatest loss is changed, and when."""

    symbol: str = Field("*", min_length=1, description="Symbol; default: * for all of ingest.venue")


class FirstSymbolsParams(Params):
    """The first symbols of the view large-orders, where there are many."""

    limit: int | None = Field(None, ge=0, description="Most symbols; default: all")
    sort: SortBy = Field(SortBy.NAME, description="What comes first")
    symbol: str | None = Field(None, min_length=1, description="Only this symbol")


class LiveParams(Params):
    """What to follow."""

    views: str = Field(
        "large-orders",
        min_length=1,
        max_length=2_000,
        description=(
            "Comma-separated: large-orders (or large-orders?limit=24&sort=wall), markets, "
            "smart-money, health, pipeline, and panels as "
            "panel:KEY?symbol=SYMBOL&venue=VENUE&minutes=15 with its values percent-encoded"
        ),
    )


P = TypeVar("P", bound=BaseModel)


def parse(model: type[P], query: Mapping[str, str]) -> P:
    """Return the parameters of a request. Raises BadParameterError for the first wrong one."""
    try:
        return model.model_validate(dict(query))
    except ValidationError as error:
        detail = error.errors()[0]
        name = str(detail["loc"][0]) if detail["loc"] else ""
        if detail["type"] == "extra_forbidden":
            names = sorted(model.model_fields)
            raise BadParameterError(name, f"unknown parameter {name}", names) from None
        missing = detail["type"] == "missing" or not query.get(name, "").strip()
        message = (
            f"parameter {name} is missing"
            if missing
            else f"parameter {name}: {detail['msg']} (given: {query[name]!r})"
        )
        raise BadParameterError(name, message, allowed_values(model, name)) from None


def allowed_values(model: type[BaseModel], name: str) -> Any:
    """Return the values that a parameter may have: a list, or words."""
    schema = model.model_json_schema()
    return _allowed(schema["properties"][name], schema.get("$defs", {}))


def _allowed(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Any:
    if "$ref" in schema:
        return _allowed(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if "enum" in schema:
        return schema["enum"]
    options = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    if len(options) == 1:
        return _allowed(options[0], definitions)
    kind = schema.get("type")
    if kind == "boolean":
        return ["true", "false"]
    if kind in {"integer", "number"}:
        low, high = schema.get("minimum"), schema.get("maximum")
        return " ".join(
            [f"{kind}", *([f">= {low}"] if low is not None else [])]
            + ([f"<= {high}"] if high is not None else [])
        )
    return schema.get("description", kind)

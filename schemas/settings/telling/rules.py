"""Alert rules of people: what they watch for, and where they are told."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, Field, model_validator

from schemas.market import StreamState
from schemas.settings.section import Section
from schemas.settings.telling.delivery import DeliverySettings
from schemas.signals.action import FinalAction
from schemas.signals.cross import CrossKind
from schemas.signals.large_order import Side

RULE_NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$"


class WatchFor(StrEnum):
    """What a rule fires on."""

    WALL_APPEARS = "wall_appears"
    """A standing order meets the conditions for the first time."""
    WALL_APPROACHED = "wall_approached"
    """Mid comes within `within_bps` of a standing order that it was farther from."""
    WALL_PULLED = "wall_pulled"
    """An order was cancelled, or shrunk below what counts as large."""
    WALL_EATEN = "wall_eaten"
    """Takers have taken `min_fill_ratio` of an order."""
    CHAIN_GROWS = "chain_grows"
    """An order follows others at nearly the same price: the chain reaches another length."""
    ACTION_CHANGES = "action_changes"
    """The final action of a symbol becomes another."""
    FEED_STATE = "feed_state"
    """A stream of a symbol changes its state."""
    CROSS_MARKET = "cross_market"
    """Something is seen on several markets of a coin."""


OF_ORDERS: Final = frozenset(
    {
        WatchFor.WALL_APPEARS,
        WatchFor.WALL_APPROACHED,
        WatchFor.WALL_PULLED,
        WatchFor.WALL_EATEN,
        WatchFor.CHAIN_GROWS,
    }
)
_UPPER = AfterValidator(lambda symbol: symbol.strip().upper())


class RuleSettings(Section):
    """One rule. Conditions on orders leave rules on actions and feeds alone."""

    name: str = Field(pattern=RULE_NAME)
    on: WatchFor
    symbols: tuple[Annotated[str, _UPPER], ...] = ()
    """Empty: all."""
    side: Side | None = None
    min_usd: float = Field(0.0, ge=0)
    """Least value of the order, USD: what stands; once it is over, the most that stood."""
    min_path_ratio: float = Field(0.0, ge=0, le=1)
    """Least share of the order in all that stands between mid and it, itself included."""
    min_spoof_probability: float = Field(0.0, ge=0, le=1)
    """Of an order that was pulled."""
    min_p_filled: float = Field(0.0, ge=0, le=1)
    """Least probability of being filled within 60 s; needs `engine.fate.model`."""
    min_p_pulled: float = Field(0.0, ge=0, le=1)
    within_bps: float | None = Field(None, gt=0)
    """Largest distance from mid, basis points."""
    min_fill_ratio: float = Field(0.5, gt=0, le=1)
    """Of wall_eaten: the share of its largest quantity that was traded."""
    min_chain: int = Field(2, ge=2)
    """Of chain_grows: the least length that is told."""
    actions: tuple[FinalAction, ...] = ()
    """Of action_changes: the actions that it becomes; empty: any."""
    cross_kinds: tuple[CrossKind, ...] = tuple(CrossKind)
    """Of cross_market: what is seen. `symbols` are coins or symbols of a market that takes part."""
    states: tuple[StreamState, ...] = (StreamState.DOWN, StreamState.SILENT, StreamState.GAP)
    """Of feed_state: the states that a stream changes to."""
    cooldown_s: float = Field(60.0, ge=0, le=86_400)
    """The rule fires once in this time of the market for a symbol; more are counted."""
    channels: tuple[str, ...] = ()
    """Names of `alerts.channels`; on the page it is shown in any case."""
    sound: bool = False
    """Whether an open page makes a sound."""

    @model_validator(mode="after")
    def _complete(self) -> RuleSettings:
        if self.on is WatchFor.WALL_APPROACHED and self.within_bps is None:
            raise ValueError("wall_approached needs within_bps")
        return self


class RulesSettings(Section):
    """Alert rules of people."""

    rules: tuple[RuleSettings, ...] = ()
    channels: dict[str, DeliverySettings] = Field(default_factory=dict)
    file: str = ""
    """SQLite file of rules that were made over the API, of what fired and of how people judged it;
    empty: they end with the process. `up` keeps it in its data directory."""
    poll_s: float = Field(1.0, ge=0.1, le=60)

    @model_validator(mode="after")
    def _consistent(self) -> RulesSettings:
        names = [rule.name for rule in self.rules]
        if len(set(names)) < len(names):
            raise ValueError("every rule needs a name of its own")
        for rule in self.rules:
            self.check_channels(rule)
        return self

    def check_channels(self, rule: RuleSettings) -> None:
        """Raise ValueError where a rule names a channel that is not configured."""
        unknown = [name for name in rule.channels if name not in self.channels]
        if unknown:
            known = ", ".join(sorted(self.channels)) or "none"
            raise ValueError(
                f"rule {rule.name}: no alerts.channels.{unknown[0]}; configured: {known}; add "
                f"[alerts.channels.{unknown[0]}] with its url"
            )

"""The market engine: one symbol's raw records in, its signals out. Pure and deterministic.

No clock, no I/O, no randomness: time is the records' event time, ids are derived from content, and
the order in which streams are read does not matter (see `merge`). What the records do once they are
in order is told in `symbol_market`.
"""

from dataclasses import replace

import msgspec

from processors.engine.admission import Refusal
from processors.engine.elements import (
    DepthElement,
    OtherElement,
    PackEnd,
    PollElement,
    QuoteRate,
    TradeGap,
    TradeGroup,
    UnsoundTrades,
)
from processors.engine.fate.features import MarketMoment
from processors.engine.fate.ledger import FateLedger, FateLedgerState
from processors.engine.ledger.grade import Moment
from processors.engine.ledger.ledger import Ledger, LedgerState
from processors.engine.merge import Merge
from processors.engine.orders.order import TrackedOrder
from processors.engine.readings.told import ToldState
from processors.engine.scope import Scope
from processors.engine.state import (
    STATE_VERSION,
    BookState,
    EngineState,
    SettingsState,
    decode,
    encode,
)
from processors.engine.symbol_market import DiffObserver, SecondObserver, SymbolMarket
from schemas.market import MarketRecord
from schemas.settings import EngineSettings
from schemas.signals import Signal
from schemas.signals.pulse import MarketPulse
from schemas.units import SECOND_MS


class MarketEngine:
    """Everything wallwatch knows of one symbol: the order of its records, its time, its state."""

    def __init__(
        self,
        venue: str,
        symbol: str,
        settings: EngineSettings,
        on_diff: DiffObserver | None = None,
        state: EngineState | None = None,
        on_second: SecondObserver | None = None,
        quote_usd: float | None = 1.0,
        *,
        with_pulses: bool = False,
        with_book: bool = True,
    ) -> None:
        """Begin anew, or where `state` was taken. `on_diff` is called after every applied diff,
        `on_second` at every full second with a book, with the open orders before anything that
        happens at it. `quote_usd`: what one unit of the quote currency is worth in USD; None: what
        the records say. `with_pulses`: somebody calls `take_pulses`. `with_book`:
        somebody reads `BookMetrics`; nothing else depends on them."""
        self._with_book = with_book
        self._pulses: list[MarketPulse] | None = [] if with_pulses else None
        self._follows_rates = quote_usd is None
        told = state.quote_usd if state else None
        self._scope = Scope(venue, symbol, settings, told if quote_usd is None else quote_usd)
        if state is not None and told is None:
            state.flow.revalue(self._scope.usd)
        self._on_diff, self._on_second = on_diff, on_second
        self._merge = Merge(
            settings.flow, self._scope.alignment_ms, state.position if state else None
        )
        self._settings_state = state.settings if state else SettingsState()
        self._clock = state.clock if state else 0
        self._reached = 0
        """Time up to which what is due was looked for, ms."""
        self._repeated_trades = 0
        """Counted under earlier settings, until somebody takes the count."""
        self._fates = FateLedger(self._scope, state.fates if state else FateLedgerState())
        self._market = SymbolMarket(
            self._scope, state, on_diff, self._observer(), self._pulses, with_book=with_book
        )
        self._ledger = self._ledger_of(state)

    @classmethod
    def load(
        cls,
        state: bytes,
        settings: EngineSettings,
        on_diff: DiffObserver | None = None,
        quote_usd: float | None = 1.0,
        *,
        with_pulses: bool = False,
    ) -> "MarketEngine":
        """Return an engine that continues where `dump` was called. Raises EngineStateError."""
        decoded = decode(state)
        changed = decoded.settings.in_force
        in_force = EngineSettings.model_validate_json(changed) if changed else settings
        return cls(
            decoded.venue,
            decoded.symbol,
            in_force,
            on_diff,
            decoded,
            quote_usd=quote_usd,
            with_pulses=with_pulses,
        )

    def dump(self) -> bytes:
        """Return the state, without the records that still wait in the merge."""
        return encode(self._state())

    def change_settings(self, settings: EngineSettings, effective_from: int) -> None:
        """Go on with other settings from the first full second at or after `effective_from` (ms of
        event time). What is tracked stays; a later call replaces changes still to come."""
        state = self._settings_state
        state.due = [change for change in state.due if change[0] < effective_from]
        state.due.append((effective_from, settings.model_dump_json()))

    def apply(self, record: MarketRecord, offset: int) -> list[Signal]:
        """Take one record of its topic; return the signals of all that it released, in order."""
        self._merge.push(record, offset)
        out: list[Signal] = []
        for element in self._merge.release():
            time, received_us = element.time, element.received_us
            if received_us != self._market.received_us:
                # Before the time moves: it is this element that moves it.
                self._market.heard(received_us)
            if time - self._clock >= SECOND_MS:
                self._advance(time, out)
            if time > self._reached:
                # What was due by then is not due twice: most trades come several a millisecond.
                self._reached = time
                self._ledger.reach(time, received_us, out)
                told = len(out)
                self._fates.reach(time, received_us, out)
            else:
                told = len(out)
            if isinstance(element, TradeGroup):
                # Most of what happens.
                self._market.trades(element, out)
                self._ledger.suggestions.traded(element.trades)
            else:
                self._handle(element, out)
            if len(out) > told:
                self._wait_for_outcomes(time, told, out)
        safe_time = self._merge.safe_time()
        if safe_time - self._clock >= SECOND_MS:
            self._advance(safe_time, out)
        return out

    def take_refusals(self) -> list[Refusal]:
        """Return the records that were left out since the last call, with the reasons."""
        return self._merge.take_refusals()

    def take_repeated(self) -> int:
        """Return how many trades came again and were left out since the last call."""
        repeated, self._repeated_trades = self._repeated_trades, 0
        return repeated + self._market.take_repeated()

    def take_pulses(self) -> list[MarketPulse]:
        """Return the pulses of the seconds that ended since the last call, in order; none unless
        the engine makes them."""
        if not self._pulses:
            return []
        pulses = self._pulses[:]
        self._pulses.clear()
        return pulses

    def next_offsets(self) -> dict[str, int]:
        """Return, by topic, the offset of the first record that was not wholly applied."""
        return self._merge.next_offsets()

    def pending(self) -> dict[str, int]:
        """Return, by topic, how many records wait for another stream."""
        return self._merge.pending()

    def bookless_at(self) -> int | None:
        """Return the event time (ms) up to which records were applied and left no book; None: there
        is one, or nothing was applied since the engine was made."""
        has_book = self._market.invalid_reason is None
        return None if has_book else self._reached or None

    @property
    def symbol(self) -> str:
        """The symbol that is read."""
        return self._scope.symbol

    @property
    def quote_usd(self) -> float | None:
        """USD for one unit of the quote currency, as it holds now; None: unknown."""
        return self._scope.quote_usd

    @property
    def gaps(self) -> int:
        """Sequence gaps that ingest should have caught."""
        return self._market.gaps

    @property
    def contradictions(self) -> int:
        """Updates after which the book contradicted itself: crossed, locked, impossible levels."""
        return self._market.contradictions

    def _handle(self, element: OtherElement, out: list[Signal]) -> None:
        match element:
            case DepthElement():
                moment = Moment(element.time, element.received_us)
                self._ledger.heard(moment, out)
                self._market.depth(element.record, element.at, out)
                self._ledger.book_updated(moment, self._market.invalid_reason, out)
            case UnsoundTrades():
                moment = Moment(element.time, element.received_us)
                self._ledger.trades_missing(element.until, moment, out)
                self._market.trades_unsound(element.time, element.since, element.until, out)
            case QuoteRate():
                self._take_up_rate(element.usd)
            case PackEnd():
                pass
            case PollElement():
                self._market.poll(element, out)
            case TradeGap():
                moment = Moment(element.time, element.received_us)
                self._ledger.trades_missing(element.until, moment, out)
                self._market.trades_away(element.time, element.until)

    def _advance(self, to: int, out: list[Signal]) -> None:
        """Do what is due at every full second up to `to`, before anything that happens at it."""
        if self._clock == 0:
            self._clock = to - to % SECOND_MS
        while to - self._clock >= SECOND_MS:
            self._clock = max(self._clock, self._market.silent_until(self._clock, to)) + SECOND_MS
            now, risk = self._clock, self._scope.settings.risk
            if self._settings_state.due:
                self._take_up_settings(now)
            self._ledger.reach(now, self._market.received_us, out)
            self._ledger.second_ended(now)
            told = len(out)
            self._fates.reach(now, self._market.received_us, out)
            self._market.second(now, out)
            if self._scope.settings.risk != risk:
                self._market.walls_anew(now, out)
            moment = Moment(now, self._market.received_us)
            self._ledger.book_updated(moment, self._market.invalid_reason, out)
            self._wait_for_outcomes(now, told, out)

    def _wait_for_outcomes(self, now: int, told: int, out: list[Signal]) -> None:
        """Hand the signals from index `told` on, emitted `now` (ms), to the ledger."""
        if len(out) > told:
            market = self._market
            self._fates.take(market.received_us, out[told:], out)
            out += self._ledger.take(now, market.sigma_bps, out[told:], market.received_us)

    def _take_up_settings(self, now: int) -> None:
        due = self._settings_state.due
        while due and due[0][0] <= now:
            _, changed = due.pop(0)
            if changed == self._scope.stated.model_dump_json():
                continue
            self._settings_state.in_force = changed
            self._go_on_with(
                replace(self._scope, stated=EngineSettings.model_validate_json(changed))
            )

    def _take_up_rate(self, quote_usd: float) -> None:
        if not self._follows_rates or quote_usd == self._scope.quote_usd:
            return
        if self._scope.quote_usd is None:
            self._market.flow.revalue(quote_usd)
        self._go_on_with(replace(self._scope, quote_usd=quote_usd))

    def _go_on_with(self, scope: Scope) -> None:
        """Put the parts together anew by other rules, around what they remember."""
        # The next second is told, whatever it is: it looks different by other rules.
        state, self._scope = msgspec.structs.replace(self._state(), told=ToldState()), scope
        self._repeated_trades += self._market.take_repeated()
        self._fates = FateLedger(scope, state.fates)
        self._market = SymbolMarket(
            scope,
            state,
            self._on_diff,
            self._observer(),
            self._pulses,
            with_book=self._with_book,
        )
        self._ledger = self._ledger_of(state)

    def _ledger_of(self, state: EngineState | None) -> Ledger:
        return Ledger(self._scope, self._market.book, state.ledger if state else LedgerState())

    def _state(self) -> EngineState:
        market = self._market
        return EngineState(
            STATE_VERSION,
            self._scope.venue,
            self._scope.symbol,
            self._merge.position,
            self._clock,
            market.received_us,
            BookState.of(market.book),
            market.tracker.state(),
            market.flow,
            market.recent,
            market.analyst.action,
            market.analyst.alerts,
            market.analyst.quarters,
            market.gaps,
            self._settings_state,
            market.threshold.samples,
            market.lot.digits,
            market.contradictions,
            market.invalid_reason,
            self._ledger.state(),
            market.trade_ids,
            self._scope.quote_usd,
            market.pulse,
            self._fates.state(),
            market.told,
            market.threshold.sampling,
        )

    def _observer(self) -> SecondObserver | None:
        """Return who looks at every full second; None where nobody does."""
        if not self._fates.is_on:
            return self._on_second
        look, told = self._fates.look, self._on_second

        def observe(scope: Scope, moment: MarketMoment, orders: list[TrackedOrder]) -> None:
            look(moment, orders)
            if told is not None:
                told(scope, moment, orders)

        return observe

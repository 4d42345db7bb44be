"""Writes acts into a market stream so that it stays one that the venue could have sent.

Depth updates keep their sequence ids: an actor's quantity is added to the absolute quantity of its
level, in the updates that carry the level anyway and, where the actor moves, in those that do not.
Trades are added within the time between the update that shows their effect and the one before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from compose.evaluation.injection.episode import Act, Episode, Move
from compose.evaluation.injection.path import MarketPath, sign_of
from compose.evaluation.injection.stream import MarketStream
from schemas.market import (
    BookReset,
    DepthDiff,
    DepthSnapshot,
    Level,
    MarketRecord,
    ResetReason,
    TakerSide,
    Trade,
    Trades,
)
from schemas.signals import Side

FIRST_TRADE_ID = 10**15
"""Above every id of a venue."""
MAX_PARTS = 4
SNAPSHOT_LEVELS = 1_000
AFTERMATH_MS = 20_000
"""The truth of a level is kept this long after its episode: a detector may follow it on."""

LevelKey = tuple[Side, int]


@dataclass(slots=True)
class LevelTruth:
    """What really happened on the level of one episode, update by update. Base quantities."""

    times: list[int] = field(default_factory=list)
    traded: list[float] = field(default_factory=list)
    """Taken from what was displayed: the actor's own, and the real orders' at the same price."""
    shown: list[float] = field(default_factory=list)
    """Displayed after the update."""

    def traded_between(self, after: int, until: int) -> float:
        """Return the quantity traded in (`after`, `until`] ms."""
        pairs = zip(self.times, self.traded, strict=True)
        return sum(qty for time, qty in pairs if after < time <= until)


@dataclass(frozen=True, slots=True)
class Injected:
    """A stream with acts in it, and the truth about every episode."""

    stream: MarketStream
    episodes: tuple[Episode, ...]
    truths: tuple[LevelTruth, ...]
    """In the order of `episodes`."""


def inject(stream: MarketStream, path: MarketPath, acts: tuple[Act, ...], seed: int) -> Injected:
    """Return the stream with the acts in it; `path` must be that of the stream."""
    writer = _Writer(stream, path, acts, Random(seed))
    records = writer.write()
    episodes = tuple(episode for act in acts for episode in act.episodes)
    return Injected(stream.with_records(records), episodes, tuple(writer.truths))


class _Writer:
    def __init__(
        self, stream: MarketStream, path: MarketPath, acts: tuple[Act, ...], random: Random
    ) -> None:
        self._stream, self._path, self._random, self._acts = stream, path, random, acts
        self._grid = path.grid
        episodes = [episode for act in acts for episode in act.episodes]
        self.truths = [LevelTruth() for _ in episodes]
        self._moves: dict[int, dict[LevelKey, Move]] = defaultdict(dict)
        self._watched: dict[int, list[tuple[LevelKey, LevelTruth]]] = defaultdict(list)
        for episode, truth in zip(episodes, self.truths, strict=True):
            key = episode.side, episode.tick
            for move in episode.moves:
                self._moves[move.update][key] = move
            until = path.at(int(path.times[episode.last]) + AFTERMATH_MS)
            for update in range(episode.first, min(until, len(path) - 1) + 1):
                self._watched[update].append((key, truth))
        self._resets = {act.reset for act in acts if act.reset is not None}
        self._standing: dict[LevelKey, int] = {}
        """The actors' lots by level."""
        self._new_trades: list[Trade] = []
        self._book: dict[Side, dict[float, float]] = {}
        """The written stream's own book, kept only while a reset is still to come."""

    def write(self) -> list[MarketRecord]:
        self._add_flow()
        written: list[MarketRecord] = []
        update = 0
        for record in self._stream.records:
            if isinstance(record, DepthSnapshot) and not self._book:
                self._book = {Side.BID: dict(record.bids), Side.ASK: dict(record.asks)}
                written.append(record)
            elif isinstance(record, DepthDiff) and self._book:
                diff = self._diff(record, update)
                written.append(diff)
                written += self._after(diff, update)
                update += 1
            else:
                written.append(record)
        return list(self._with_trades(written))

    def _diff(self, diff: DepthDiff, update: int) -> DepthDiff:
        moves = self._moves.get(update, {})
        before = {key: self._standing.get(key, 0) for key in moves}
        for key, move in moves.items():
            left = before[key] + move.placed - move.traded - move.pulled
            if left < 0:
                raise ValueError(f"update {update}: {key} falls to {left} lots")
            self._add_trades(key, move, update)
            if left:
                self._standing[key] = left
            else:
                self._standing.pop(key, None)
        self._note_truth(update, moves)
        if not moves and not self._standing:
            return diff
        levels = {
            side: self._levels(side, changes, moves, update)
            for side, changes in ((Side.BID, diff.bids), (Side.ASK, diff.asks))
        }
        return diff.model_copy(update={"bids": levels[Side.BID], "asks": levels[Side.ASK]})

    def _levels(
        self, side: Side, changes: list[Level], moves: dict[LevelKey, Move], update: int
    ) -> list[Level]:
        grid = self._grid
        ours = {grid.price(tick) for own, tick in (*moves, *self._standing) if own is side}
        if not ours:
            return changes
        written = [level for level in changes if level[0] not in ours]
        carried = {price for price, _ in changes}
        for price in sorted(ours):
            key = side, grid.ticks(price)
            if price in carried or key in moves:
                lots = self._path.lots(*key, update) + self._standing.get(key, 0)
                written.append((price, grid.qty(lots)))
        return written

    def _note_truth(self, update: int, moves: dict[LevelKey, Move]) -> None:
        path, grid, time = self._path, self._grid, int(self._path.times[update])
        for key, truth in self._watched.get(update, ()):
            before, now = path.lots(*key, update - 1), path.lots(*key, update)
            real = min(path.taken[update].get(key, 0), max(before - now, 0))
            own = moves[key].traded if key in moves else 0
            truth.times.append(time)
            truth.traded.append(grid.qty(own + real))
            truth.shown.append(grid.qty(now + self._standing.get(key, 0)))

    def _after(self, diff: DepthDiff, update: int) -> Iterator[MarketRecord]:
        """Keep the book for a reset; yield the reset itself when it is due."""
        if not self._resets:
            return
        for side, levels in ((Side.BID, diff.bids), (Side.ASK, diff.asks)):
            book = self._book[side]
            for price, qty in levels:
                if qty:
                    book[price] = qty
                else:
                    book.pop(price, None)
        if update not in self._resets:
            return
        self._resets.discard(update)
        head = {
            "venue": diff.venue,
            "symbol": diff.symbol,
            "event_time": diff.event_time,
            "received_us": diff.received_us,
        }
        bids, asks = self._book[Side.BID], self._book[Side.ASK]
        yield BookReset(reason=ResetReason.GAP, **head)
        yield DepthSnapshot(
            last_update_id=diff.last_update_id,
            bids=[(price, bids[price]) for price in sorted(bids, reverse=True)[:SNAPSHOT_LEVELS]],
            asks=[(price, asks[price]) for price in sorted(asks)[:SNAPSHOT_LEVELS]],
            **head,
        )

    def _add_flow(self) -> None:
        """Add volume at the touch that leaves the level as it was, where no actor stands there."""
        for act in self._acts:
            for flow in act.flow:
                tick = int(self._path.views[flow.side].own[flow.update]) * sign_of(flow.side)
                taken = any(
                    episode.tick == tick and episode.first <= flow.update <= episode.last
                    for other in self._acts
                    for episode in other.episodes
                )
                if not taken:
                    move = Move(flow.update, hidden=flow.lots)
                    self._add_trades((flow.side, tick), move, flow.update)

    def _add_trades(self, key: LevelKey, move: Move, update: int) -> None:
        lots = move.traded + move.hidden
        if not lots:
            return
        side, tick = key
        random, grid = self._random, self._grid
        after, until = int(self._path.times[update - 1]), int(self._path.times[update])
        count = min(lots, random.randint(1, MAX_PARTS))
        cuts = sorted(random.sample(range(1, lots), count - 1))
        parts = [high - low for low, high in zip([0, *cuts], [*cuts, lots], strict=True)]
        taker = TakerSide.BUY if side is Side.ASK else TakerSide.SELL
        times = sorted(random.randint(min(after + 1, until), until) for _ in parts)
        self._new_trades += [
            Trade(FIRST_TRADE_ID, time, grid.price(tick), grid.qty(part), taker)
            for time, part in zip(times, parts, strict=True)
        ]

    def _with_trades(self, records: list[MarketRecord]) -> Iterator[MarketRecord]:
        """Yield the records with the new trades in the packs whose promise they keep."""
        waiting = sorted(self._new_trades, key=lambda trade: trade.event_time, reverse=True)
        number = 0

        def due(until: int) -> Iterator[Trade]:
            nonlocal number
            while waiting and waiting[-1].event_time <= until:
                number += 1
                yield waiting.pop()._replace(trade_id=FIRST_TRADE_ID + number)

        for record in records:
            if not isinstance(record, Trades):
                yield record
                continue
            newest = max((t.event_time for t in record.trades), default=0)
            if not waiting or waiting[-1].event_time > max(newest, record.watermark):
                yield record
                continue
            trades: list[Trade] = []
            for trade in record.trades:
                trades += due(trade.event_time - 1)
                trades.append(trade)
            trades += due(record.watermark)
            yield record.model_copy(update={"trades": trades})

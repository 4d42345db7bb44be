"""Taker volume by price that no decrease of the book has explained yet."""

import msgspec

from processors.engine.plain_sum import plain_sum


class Tape(msgspec.Struct):
    """Trades on one side of the book, [time in ms, lots] by price, oldest first."""

    by_price: dict[float, list[list[int]]] = {}

    def add(self, time: int, price: float, lots: int) -> None:
        """Note a trade; times never run backwards."""
        trades = self.by_price.get(price)
        if trades is None:
            self.by_price[price] = [[time, lots]]
        elif trades[-1][0] == time:
            trades[-1][1] += lots
        else:
            trades.append([time, lots])

    def claim(self, price: float, lost: int, settled: int) -> int:
        """Take the volume at `price` that belongs to a decrease of `lost` lots: the oldest up to
        that quantity, and beyond it all that no later decrease can explain, up to `settled` ms."""
        trades = self.by_price.get(price)
        if trades is None:
            return 0
        claimed = 0
        while trades and (claimed < lost or trades[0][0] <= settled):
            time, lots = trades[0]
            if time > settled and claimed + lots > lost:
                trades[0][1] -= lost - claimed
                return lost
            claimed += lots
            del trades[0]
        if not trades:
            del self.by_price[price]
        return claimed

    def claim_all(self, price: float) -> int:
        """Take all volume at `price`."""
        trades = self.by_price.pop(price, ())
        return trades[0][1] if len(trades) == 1 else plain_sum(lots for _, lots in trades)

    def expire(self, settled: int) -> dict[float, int]:
        """Take the volume, by price, that no later decrease can explain, up to `settled` ms."""
        expired: dict[float, int] = {}
        old = [price for price, trades in self.by_price.items() if trades[0][0] <= settled]
        for price in old:
            trades = self.by_price[price]
            if trades[-1][0] <= settled:
                # As nearly always: nothing of it is newer.
                lots = self.claim_all(price)
            else:
                lots = self.claim(price, 0, settled)
            if lots:
                expired[price] = lots
        return expired

    def clear(self) -> None:
        """Forget everything."""
        self.by_price.clear()

    def rescale(self, factor: int) -> None:
        """Go over to a lot that is finer by `factor`."""
        for trades in self.by_price.values():
            for trade in trades:
                trade[1] *= factor

"""Parameters of a simulated symbol: tick and lot, level sizes, activity."""

import random
import re
from dataclasses import dataclass, replace

from ingest.exchange.errors import ExchangeError
from schemas.instrument import BASE_DIGITS, base_and_quote

_LIGHT_NAME = re.compile(r"(SIM|REST)\d{3}USDT")


@dataclass(frozen=True, slots=True)
class SymbolSpec:
    """One symbol. Notionals are in quote currency, a dollar for most symbols."""

    symbol: str
    start_price: float
    tick: float
    price_decimals: int
    """Decimals of a price on the wire; the venue may write more than the tick has."""
    lot: float
    qty_decimals: int
    levels: int = 1_300
    """Price levels a side that the makers keep."""
    reach_bps: float = 190.0
    """Farthest level from mid."""
    near_usd: float = 6_000.0
    """Median notional of a level near the touch."""
    far_usd: float = 15_000.0
    """Median notional of a level far from it."""
    cap_usd: float = 900_000.0
    """Upper bound of an ordinary level, below the large-order threshold."""
    touch_usd: float = 60_000.0
    """Median notional of the best level."""
    near_updates: float = 12.0
    """Levels near the touch that are requoted per 50 ms."""
    far_updates: float = 5.0
    volatility_bps: float = 0.35
    """Volatility of the price in one second."""
    orders_per_s: float = 10.0
    """Base rate of taker orders; clustered orders come on top."""
    order_usd: float = 1_500.0
    """Median notional of a taker order."""
    wall_usd: tuple[float, float] = (6_500_000.0, 14_000_000.0)
    """Range of the large orders that actors place."""
    sweep_usd: tuple[float, float] = (6_000_000.0, 8_500_000.0)
    """Range of the walls that takers absorb."""
    takers_usd_per_s: tuple[float, float] = (1.4e6, 2.4e6)
    """Range of the rate at which takers absorb a wall."""
    open_interest_usd: float = 5e9
    step_ms: int = 50
    actors: bool = True
    at_rest: bool = False
    """Nobody takes, the price stands, and one level is quoted anew each half minute."""
    contract_usd: float | None = None
    """USD of one contract, which is one lot; None: quantities are coins."""

    @property
    def ticks_per_bps(self) -> float:
        """Ticks in one basis point at the start price."""
        return self.start_price * 1e-4 / self.tick

    def price_text(self, tick: int) -> str:
        """Return a price as the venue writes it."""
        return f"{tick * self.tick:.{self.price_decimals}f}"

    def qty_text(self, lots: int) -> str:
        """Return a quantity as the venue writes it."""
        return f"{lots * self.lot:.{self.qty_decimals}f}"

    def lots(self, usd: float, tick: int) -> int:
        """Return the lots worth `usd` at a price, at least one."""
        return max(1, round(usd / (self.contract_usd or tick * self.tick * self.lot)))

    def usd(self, lots: int, tick: int) -> float:
        """Return the notional of `lots` at a price."""
        return lots * (self.contract_usd or self.lot * tick * self.tick)

    def base_qty(self, lots: int, tick: int) -> float:
        """Return lots at a price in base currency, as records hold them."""
        if self.contract_usd is None:
            return float(self.qty_text(lots))
        return round(lots * self.contract_usd / float(self.price_text(tick)), BASE_DIGITS)


_BTC = SymbolSpec("BTCUSDT", 61_800.0, 0.1, 2, 0.001, 3)
_ETH = SymbolSpec(
    "ETHUSDT",
    2_640.0,
    0.01,
    2,
    0.001,
    3,
    near_usd=4_000.0,
    far_usd=6_500.0,
    cap_usd=400_000.0,
    touch_usd=40_000.0,
    volatility_bps=0.4,
    orders_per_s=8.0,
    order_usd=1_200.0,
    wall_usd=(6_000_000.0, 11_000_000.0),
    sweep_usd=(5_800_000.0, 7_500_000.0),
    open_interest_usd=2.5e9,
)
_SOL = SymbolSpec(
    "SOLUSDT",
    152.0,
    0.001,
    4,
    1.0,
    0,
    levels=1_100,
    near_usd=2_000.0,
    far_usd=3_000.0,
    cap_usd=130_000.0,
    touch_usd=25_000.0,
    near_updates=8.0,
    volatility_bps=0.5,
    orders_per_s=4.0,
    order_usd=800.0,
    wall_usd=(5_600_000.0, 8_000_000.0),
    sweep_usd=(5_500_000.0, 6_500_000.0),
    open_interest_usd=8e8,
)


def _smaller(symbol: str, price: float, tick: float, decimals: int, lot: float) -> SymbolSpec:
    qty_decimals = 0 if lot >= 1 else len(f"{lot:g}") - 2
    return replace(
        _SOL,
        symbol=symbol,
        start_price=price,
        tick=tick,
        price_decimals=decimals,
        lot=lot,
        qty_decimals=qty_decimals,
        open_interest_usd=3e8,
    )


# A thin market: about 40,000 USD a side within 25 bps of mid.
_THIN = replace(
    _SOL,
    symbol="THINUSDT",
    start_price=0.0412,
    tick=0.000001,
    price_decimals=6,
    near_usd=160.0,
    far_usd=250.0,
    cap_usd=5_000.0,
    touch_usd=1_000.0,
    order_usd=60.0,
    orders_per_s=2.0,
    wall_usd=(45_000.0, 95_000.0),
    sweep_usd=(65_000.0, 90_000.0),
    takers_usd_per_s=(9_000.0, 16_000.0),
    open_interest_usd=4e6,
)


def _quoted(coin: SymbolSpec, symbol: str, quote_usd: float, decimals: int) -> SymbolSpec:
    """Return the market of a coin in a quote currency that is worth `quote_usd` USD."""

    def both(figures: tuple[float, float]) -> tuple[float, float]:
        return figures[0] / quote_usd, figures[1] / quote_usd

    return replace(
        coin,
        symbol=symbol,
        start_price=coin.start_price / quote_usd,
        tick=10.0**-decimals,
        price_decimals=decimals,
        near_usd=coin.near_usd / quote_usd,
        far_usd=coin.far_usd / quote_usd,
        cap_usd=coin.cap_usd / quote_usd,
        touch_usd=coin.touch_usd / quote_usd,
        order_usd=coin.order_usd / quote_usd,
        wall_usd=both(coin.wall_usd),
        sweep_usd=both(coin.sweep_usd),
        takers_usd_per_s=both(coin.takers_usd_per_s),
        open_interest_usd=coin.open_interest_usd / quote_usd,
    )


# Some ticks are finer than the venue's. Where 2 % of the price is only a few hundred ticks, a
# handful of walls is more than 1 % of the levels and shifts the adaptive threshold itself.
_CATALOGUE = {
    spec.symbol: spec
    for spec in (
        _BTC,
        _ETH,
        _SOL,
        _smaller("BNBUSDT", 590.0, 0.01, 3, 0.01),
        _smaller("XRPUSDT", 0.58, 0.00001, 5, 0.1),
        _smaller("DOGEUSDT", 0.12, 0.000001, 6, 1.0),
        _smaller("ADAUSDT", 0.36, 0.00001, 5, 1.0),
        _smaller("AVAXUSDT", 27.0, 0.0001, 4, 1.0),
        _smaller("LINKUSDT", 11.2, 0.0001, 4, 0.01),
        _smaller("LTCUSDT", 64.0, 0.001, 3, 0.001),
        _smaller("DOTUSDT", 4.4, 0.0001, 4, 0.1),
        _smaller("BCHUSDT", 345.0, 0.001, 3, 0.001),
        _THIN,
        _quoted(_ETH, "ETHBTC", _BTC.start_price, 7),
        _quoted(_BTC, "BTCTRY", 1 / 41.5, 0),
        _quoted(_SOL, "SOLBNB", 590.0, 6),
        replace(_SOL, symbol="USDTTRY", start_price=41.5, tick=0.001, price_decimals=3),
    )
}


def spec_of(symbol: str, contract_usd: float | None = None) -> SymbolSpec:
    """Return the spec of a symbol. Raises ExchangeError if the simulated market has none.

    `contract_usd`: USD of one contract of an inverse symbol, whose market is like that of its coin
    in USDT; None: quantities are coins.

    Besides the named symbols there are SIM000USDT to SIM999USDT, light symbols without actors for
    tests with hundreds of symbols, and REST000USDT to REST999USDT, in which
    next to nothing happens.
    """
    if contract_usd is not None:
        coin = spec_of(f"{base_and_quote(symbol)[0]}USDT")
        return replace(coin, symbol=symbol, lot=1.0, qty_decimals=0, contract_usd=contract_usd)
    if (known := _CATALOGUE.get(symbol)) is not None:
        return known
    if _LIGHT_NAME.fullmatch(symbol):
        return _light(symbol)
    names = ", ".join(_CATALOGUE)
    raise ExchangeError(
        f"symbol {symbol}: not in the simulated market; choose from {names} or SIM000USDT to "
        "SIM999USDT"
    )


def _light(symbol: str) -> SymbolSpec:
    price = round(random.Random(symbol).uniform(1.0, 200.0), 2)
    return replace(
        _smaller(symbol, price, 0.01 if price > 20 else 0.001, 4, 1.0),
        levels=150,
        near_updates=2.0,
        far_updates=1.0,
        orders_per_s=0.4,
        step_ms=200,
        actors=False,
        at_rest=symbol.startswith("REST"),
    )

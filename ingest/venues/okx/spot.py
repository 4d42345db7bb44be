"""OKX v5 spot, described: quantities are coins, and there is no open interest.

Source: https://www.okx.com/docs-v5/en/#public-data-rest-api-get-instruments (instType SPOT); frames
and sequence rule are those of `base`.
"""

from ingest.venues.listing import NO_STATUS, TRADING, Listed
from ingest.venues.okx import frames
from ingest.venues.okx.base import Okx
from ingest.venues.readings import decoder
from schemas.instrument import Instrument, MarketKind, named_instrument

_entry = decoder(frames.PairEntry)


class OkxSpot(Okx):
    """OKX spot at the addresses of the settings."""

    name = "okx_spot"
    kinds = ("books", "trades")
    listed_as = "SPOT"

    def instrument(self, symbol: str) -> Instrument:
        """Quantities are coins."""
        return named_instrument(self.name, symbol, MarketKind.SPOT)

    def _listed(self, raw: bytes) -> Listed:
        entry = _entry.decode(raw)
        instrument = Instrument(
            venue=self.name,
            symbol=entry.symbol,
            base=entry.base,
            quote=entry.quote,
            kind=MarketKind.SPOT,
            tick=entry.tick,
            lot=entry.lot,
            status=entry.state or "",
        )
        status = TRADING if entry.state == "live" else entry.state or ""
        note = "" if status else NO_STATUS
        return Listed(entry.symbol, status, entry.quote == "USDT", note, instrument)

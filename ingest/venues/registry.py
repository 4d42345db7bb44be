"""Finds a venue by its name."""

from ingest.venues.base import Venue
from ingest.venues.binance_spot import BinanceSpot
from ingest.venues.binance_usdm import BinanceUsdm
from schemas.settings import IngestSettings


def venue_of(settings: IngestSettings) -> Venue:
    """Return the venue that the settings name; they allow known names only."""
    if settings.venue == BinanceSpot.name:
        return BinanceSpot(settings)
    return BinanceUsdm(settings)

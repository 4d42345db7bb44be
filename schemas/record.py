"""What every value on every topic has in common."""

from pydantic import BaseModel, ConfigDict

SCHEMA_VERSION = 1


class Record(BaseModel):
    """A value on a topic. Unknown fields are ignored; fields are only ever added."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="null")

    schema_version: int = SCHEMA_VERSION
    venue: str
    """Venue name, for example `binance_usdm`."""
    symbol: str
    """Symbol as the venue spells it, upper case, for example `BTCUSDT`."""

    @property
    def key(self) -> str:
        """The Kafka key, `venue:symbol`: one worker owns a symbol in all topics."""
        return symbol_key(self.venue, self.symbol)


def split_key(key: str) -> tuple[str, str]:
    """Return the venue and the symbol of a Kafka key."""
    venue, _, symbol = key.partition(":")
    return venue, symbol


def symbol_key(venue: str, symbol: str) -> str:
    """Return the Kafka key of one symbol of one venue."""
    return f"{venue}:{symbol}"

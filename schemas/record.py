"""What every value on every topic has in common."""

from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict

_set = object.__setattr__
SCHEMA_VERSION = 1
ALL_VENUES = "all"
"""The venue of what is told of a coin and not of one of its markets."""


class Record(BaseModel):
    """A value on a topic. Unknown fields are ignored; fields are only ever added."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="null")

    schema_version: int = SCHEMA_VERSION
    venue: str
    """Venue name, for example `binance_usdm`."""
    symbol: str
    """Symbol as the venue spells it, upper case, for example `BTCUSDT`."""

    all_fields: ClassVar[set[str]]
    """The names of the fields of the class; never changed."""

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """Note what every trusted record of the class has."""
        cls.all_fields = set(cls.model_fields)

    @classmethod
    def trusted(cls, fields: dict[str, Any]) -> Self:
        """Return a record of `fields`, which are taken over as they are: all of them, in the order
        of the model, of the right types. `model_construct` without its search for what is missing.

        For what was read by the types of the model, or reckoned: to validate a signal takes longer
        than to find out what it says.
        """
        record = cls.__new__(cls)
        _set(record, "__dict__", fields)
        _set(record, "__pydantic_fields_set__", cls.all_fields)
        _set(record, "__pydantic_extra__", None)
        _set(record, "__pydantic_private__", None)
        return record

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

"""The protocols by venue."""

from collections.abc import Mapping
from typing import Final

from ingest.exchange.streamed.bybit import Bybit
from ingest.exchange.streamed.okx import Okx, OkxSpot
from ingest.exchange.streamed.protocol import StreamedProtocol

PROTOCOLS: Final[Mapping[str, StreamedProtocol]] = {
    "bybit_linear": Bybit(),
    "okx_swap": Okx(),
    "okx_spot": OkxSpot(),
}

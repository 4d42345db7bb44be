"""The tapes that actors are put on: captures of any venue, and the simulated market."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from compose.errors import UserError
from compose.evaluation.hard.yardstick import Yardstick
from compose.evaluation.injection.path import MarketPath
from compose.evaluation.injection.simulated import simulate
from compose.evaluation.injection.stream import MarketStream, stream_of
from ingest.capture import read_capture
from ingest.errors import IngestError
from ingest.kept_lines import capture_symbols
from ingest.offline import market_records
from schemas.settings import Settings

SIMULATED: Final = "simulated"
SIMULATED_S: Final = 300
USDM_MARK: Final = b'"pu":'
"""Only futures state the update id before."""
DEPTH_MARK: Final = b'"depthUpdate"'


@dataclass(frozen=True, slots=True)
class Tape:
    """An untouched stream with what the actors have to know of it."""

    name: str
    stream: MarketStream
    path: MarketPath
    yardstick: Yardstick


def tape_of(name: str, stream: MarketStream) -> Tape:
    """Return a stream as a tape."""
    return Tape(name, stream, MarketPath(stream), Yardstick(stream))


def simulated_tape(seed: int) -> Tape:
    """Return five minutes of the simulated market, without its own actors."""
    return tape_of(SIMULATED, simulate(seed, SIMULATED_S, actors=False).stream)


def capture_tape(path: Path) -> Tape:
    """Return the first symbol of a capture. Raises UserError if the file is no sound capture."""
    return tape_of(capture_name(path), read_stream(path))


def capture_name(path: Path) -> str:
    """Return a short name that tells captures of one day apart by their folder."""
    return f"{path.parent.name}/{path.name.partition('.')[0]}"


def read_stream(path: Path) -> MarketStream:
    """Return the stream of the alphabetically first symbol, by the rules of the venue whose frames
    the file holds. Raises UserError if it is no sound capture."""
    try:
        symbols = capture_symbols(path)
        if not symbols:
            raise UserError(f"{path}: holds no stream of any symbol")
        venue = "binance_usdm" if _is_futures(path) else "binance_spot"
        settings = Settings.model_validate({"ingest": {"venue": venue}})
        return stream_of(path.name, market_records(path, settings, symbols[:1]))
    except IngestError as error:
        raise UserError(str(error)) from None


def _is_futures(path: Path) -> bool:
    for line in read_capture(path):
        if DEPTH_MARK in line.payload:
            return USDM_MARK in line.payload
    return False

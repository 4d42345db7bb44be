"""Where rows go and how long they stay."""

from pydantic import Field, SecretStr

from schemas.settings.section import Section


class ClickHouseSettings(Section):
    """Where rows go."""

    url: str = Field("http://127.0.0.1:8123", pattern=r"^(chdb:|https?://).+")
    """`chdb:PATH` for the engine in process, `http(s)://host:port` for a server."""
    user: str = "default"
    password: SecretStr = SecretStr("")
    database: str = Field("wallwatch", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    batch_rows: int = Field(5_000, ge=1, le=1_000_000)
    batch_ms: int = Field(1_000, ge=10, le=60_000)
    """A batch is written when it has batch_rows rows, or batch_ms after it was begun or the one
    before was stored. Every batch is a part in each of its tables: with hundreds of symbols they
    are a third of what a worker costs."""
    replicated: bool = False
    """True: several servers keep the same rows. The database is made as `Replicated`, its tables on
    replicated engines; the servers need a keeper and the macros {shard} and {replica}."""
    keep_days: int = Field(400, ge=0, le=36_500)
    """Signals and open interest are deleted this long after they were received; 0: never."""
    archive_raw: bool = False
    """Keep the records of market.depth and market.trades as well, in `raw_archive`.

    A symbol as busy as BTCUSDT needs 0.6 GB a day (measured on a capture of depth@0ms).
    """
    keep_archive_days: int = Field(7, ge=0, le=36_500)
    """How long raw records are kept after they were received; 0: for ever."""
    keep_book_days: int = Field(90, ge=0, le=36_500)
    """The same for the book of each second and the states of the streams, which need most room."""

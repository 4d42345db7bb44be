"""SQL to the embedded store, from outside of its worker."""

from pydantic import Field

from schemas.settings.section import Section


class SqlSettings(Section):
    """ClickHouse's HTTP interface of an embedded store: read-only, on loopback."""

    enabled: bool = True
    """False: a worker answers no SQL from outside. A store of its own has its own interface."""
    port: int = Field(0, ge=0, le=65_535)
    """0: a free one; `wallwatch up` takes 18123 where that is free."""
    max_execution_s: float = Field(70.0, ge=0.1, le=3_600)
    """A query that takes longer ends with an error. Grafana's plugin asks for 65 by default."""
    max_result_rows: int = Field(1_000_000, ge=1, le=100_000_000)
    max_memory_mb: int = Field(512, ge=16, le=65_536)
    """Of one query while it runs; its answer may take half of it, uncompressed."""
    concurrency: int = Field(2, ge=1, le=16)
    """Queries that run at the same time, each on one thread of low priority."""
    waiting: int = Field(32, ge=0, le=1_000)
    """Queries that wait for their turn; more are refused."""

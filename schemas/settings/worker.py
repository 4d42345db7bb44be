"""The shell around the engine."""

from pydantic import Field

from schemas.settings.section import Section


class WorkerSettings(Section):
    """The Faust shell around the engine."""

    checkpoint_s: float = Field(3.0, gt=0, le=600)
    """Interval between two writes of the state: what a restart has to replay. Up to 10 s where
    hundreds of symbols would take more than 3 % of the time."""
    max_ahead: int = Field(20_000, ge=100)
    """Records of one stream waiting for another before the stream is paused."""
    max_symbols: int = Field(2_000, ge=1)
    """Most symbols that get an engine here. The first record of another one is a dead letter, the
    others are counted; what is held already is kept, also when partitions move here."""
    instance_id: str = Field("worker-1", min_length=1)
    """Static group membership: a restarted worker gets its partitions back at once."""
    metrics_host: str = "127.0.0.1"
    """Where /metrics, /healthz and /readyz listen."""
    metrics_port: int = Field(0, ge=0, le=65_535)
    """0: a free port, named in the ready line."""
    ready_lag: int = Field(10_000, ge=1)
    """/readyz refuses while more records than this are not yet processed and stored."""

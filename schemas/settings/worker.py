"""The shell around the engine."""

from pydantic import Field

from schemas.settings.section import Section


class WorkerSettings(Section):
    """The Faust shell around the engine."""

    checkpoint_s: float = Field(3.0, gt=0, le=600)
    """Interval between two writes of the state: what a restart has to replay."""
    max_ahead: int = Field(20_000, ge=100)
    """Records of one stream waiting for another before the stream is paused."""
    instance_id: str = Field("worker-1", min_length=1)
    """Static group membership: a restarted worker gets its partitions back at once."""

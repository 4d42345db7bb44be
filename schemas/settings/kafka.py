"""Where the topics live and how clients get in."""

from __future__ import annotations

from pydantic import Field, SecretStr, model_validator

from schemas.settings.section import Section


class KafkaSettings(Section):
    """Where the topics live."""

    brokers: str = Field("127.0.0.1:9092", pattern=r"^[^\s:]+:\d+(,[^\s:]+:\d+)*$")
    """HOST:PORT[,HOST:PORT...]."""
    partitions: int = Field(16, ge=1, le=1024)
    """Partition count of all market.* and signals.* topics."""
    replication: int = Field(1, ge=1, le=10)
    compression: str = Field("lz4", pattern="^(none|gzip|lz4)$")
    retention_bytes: int = Field(-1, ge=-1)
    """Upper bound per partition of market.* and signals.*, bytes; -1: time alone limits."""
    signals_retention_bytes: int | None = Field(None, ge=-1)
    """The same for signals.*, which are rows of the store as well; None: as market.*."""
    retention_ms: int | None = Field(None, ge=-1)
    """Overrides the topic table's retention, ms. Replays of old captures need -1."""
    segment_bytes: int | None = Field(None, ge=16_384)
    """Segment size of all topics, bytes: retention and compaction take whole old segments only.

    None: the broker's default, and 16 MiB for the processors' state. Apache Kafka wants >= 1 MiB.
    """
    group: str = Field("wallwatch", min_length=1)
    """Application id of the processors: consumer group and prefix of internal topics."""
    linger_ms: int = Field(20, ge=0, le=1000)
    """Records of this time leave in one request, ms: fewer requests for at most that much delay."""
    session_timeout_s: int = Field(10, ge=6, le=300)
    security_protocol: str = Field("PLAINTEXT", pattern="^(PLAINTEXT|SSL|SASL_PLAINTEXT|SASL_SSL)$")
    sasl_mechanism: str = Field("PLAIN", pattern="^(PLAIN|SCRAM-SHA-256|SCRAM-SHA-512)$")
    username: str = ""
    password: SecretStr = SecretStr("")
    """User of SASL_PLAINTEXT and SASL_SSL."""
    ca_file: str | None = None
    """Certificate authority of SSL and SASL_SSL; None: those that the system trusts."""

    @property
    def uses_sasl(self) -> bool:
        """Whether brokers ask for user and password."""
        return self.security_protocol.startswith("SASL_")

    @property
    def uses_tls(self) -> bool:
        """Whether the connection is encrypted."""
        return self.security_protocol.endswith("SSL")

    @model_validator(mode="after")
    def _named_user(self) -> KafkaSettings:
        if self.uses_sasl and not (self.username and self.password.get_secret_value()):
            raise ValueError(
                f"security_protocol {self.security_protocol} needs username and password"
            )
        return self

"""Builds the Faust apps from the settings."""

from __future__ import annotations

from typing import Any, Final

import faust
from faust.tables.manager import TableManager
from mode import get_logger
from yarl import URL

from processors.faust_app.transport import ResumePositions, RunTransport
from processors.faust_app.worker_name import Holder
from schemas.kafka.client_internals import FETCH_PAUSE_S
from schemas.kafka.client_options import tls_context
from schemas.kafka.compression import producer_codec
from schemas.settings import KafkaSettings, Settings

POLL_RECORDS: Final = 500
"""Most records that one fetch hands over, over all partitions."""
BUFFERED_FETCHES: Final = 4
"""What was fetched and waits for the agent before the consumer waits too."""
PRODUCER_TIMEOUT_S: Final = 30.0
HEARTBEAT_S: Final = 1.0


class _PromptTableManager(TableManager):
    """Faust waits a second for tables to be declared; ours are before the start."""

    logger = get_logger("faust.tables.manager")

    async def sleep(self, n: Any) -> None:
        return None


class _DisklessApp(faust.App):
    """Tables are held in memory and restored from their changelog: no folder is needed."""

    def _create_directories(self) -> None:
        """Make none."""


def build_app(
    settings: Settings,
    group: str,
    resume: ResumePositions,
    fetch_pause_s: float = FETCH_PAUSE_S,
) -> faust.App:
    """Return a Faust app of one consumer group, without agents and tables.

    `fetch_pause_s`: between the beginnings of two fetches while it is not behind.
    """
    kafka = settings.kafka
    brokers = [URL(f"kafka://{broker}") for broker in kafka.brokers.split(",")]
    app = _DisklessApp(
        group,
        broker=brokers,
        broker_credentials=_credentials(kafka),
        store="memory://",
        autodiscover=False,
        web_enabled=False,
        topic_partitions=kafka.partitions,
        topic_replication_factor=kafka.replication,
        topic_disable_leader=True,
        table_standby_replicas=0,
        # A broker that comes back without the end of the changelog is no reason to give up: the
        # table in memory knows more than the log then, and what the inputs lost is told from it.
        recovery_consistency_check=False,
        TableManager=_PromptTableManager,
        consumer_auto_offset_reset="earliest",
        broker_client_id=Holder.own(settings.worker.instance_id).client_id,
        consumer_group_instance_id=settings.worker.instance_id,
        broker_session_timeout=float(kafka.session_timeout_s),
        broker_heartbeat_interval=HEARTBEAT_S,
        broker_max_poll_records=POLL_RECORDS,
        producer_compression_type=producer_codec(kafka),
        producer_request_timeout=PRODUCER_TIMEOUT_S,
        stream_buffer_maxsize=BUFFERED_FETCHES,
        stream_wait_empty=False,
    )
    app.transport = RunTransport(brokers, app, resume, fetch_pause_s)
    return app


def _credentials(kafka: KafkaSettings) -> faust.SASLCredentials | faust.SSLCredentials | None:
    """Return what Faust's own clients connect with; None for an open broker."""
    context = tls_context(kafka) if kafka.uses_tls else None
    if kafka.uses_sasl:
        return faust.SASLCredentials(
            username=kafka.username,
            password=kafka.password.get_secret_value(),
            mechanism=kafka.sasl_mechanism,
            ssl_context=context,
        )
    return faust.SSLCredentials(context) if context is not None else None

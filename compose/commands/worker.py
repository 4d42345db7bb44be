"""`wallwatch worker`: engine, ClickHouse sink and web page as a process."""

from __future__ import annotations

from pathlib import Path

import click

from compose.control.web_settings import app_with_control
from compose.options import config_option, section_flags
from compose.service import run_service
from dashboards.sql.server import serves_sql, sql_app
from processors.errors import WorkerError
from processors.worker import run_worker
from schemas.clickhouse.errors import StoreError
from schemas.settings import load_settings


@click.command("worker")
@config_option
@click.option("--brokers", metavar="HOST:PORT,...", help="Kafka bootstrap addresses.")
@click.option("--clickhouse", metavar="chdb:PATH|http(s)://HOST:PORT", help="The store.")
@click.option("--port", type=int, help="Port of the page; 0: a free one.")
@click.option("--no-web", is_flag=True, help="Do not serve the page and the HTTP API.")
@click.option(
    "--instance-id", metavar="NAME", help="Unique name of this worker; keep it across restarts."
)
def command(
    *,
    config: Path | None,
    brokers: str | None,
    clickhouse: str | None,
    port: int | None,
    no_web: bool,
    instance_id: str | None,
) -> None:
    """Detect large orders: Kafka in, signals on Kafka and in ClickHouse out, and the live page.

    Killed at any moment and started again, it continues where it was. Run several with a name each
    (--instance-id) to share the symbols among them.

    \b
    wallwatch worker --brokers kafka:9092 --clickhouse http://clickhouse:8123 --port 8080
    WALLWATCH_CLICKHOUSE__PASSWORD=... wallwatch worker --config wallwatch.toml
    """
    settings = load_settings(
        config,
        section_flags(
            kafka={"brokers": brokers},
            clickhouse={"url": clickhouse},
            web={"port": port},
            worker={"instance_id": instance_id},
        ),
    )
    run_service(
        lambda stop, ready: run_worker(
            settings,
            stop,
            ready,
            None if no_web else app_with_control,
            sql_app if serves_sql(settings) else None,
        ),
        expected=(WorkerError, StoreError),
    )

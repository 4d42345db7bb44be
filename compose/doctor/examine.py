"""Everything that may be wrong with a machine and the servers that a stack would use."""

from __future__ import annotations

from pathlib import Path

from compose.brokers.choice import APACHE, NOIDA, check_choice
from compose.doctor import checks_local, checks_remote
from compose.doctor.check_forecasts import check_forecasts
from compose.doctor.finding import Finding
from schemas.clickhouse.connect import CHDB_PREFIX
from schemas.settings import Settings


async def examine(settings: Settings, *, broker: str, data_dir: Path, live: bool) -> list[Finding]:
    """Run the checks that matter for such a stack. Raises UsageError for a wrong `broker`."""
    check_choice(broker)
    findings = [
        checks_local.check_python(),
        checks_local.check_packages(),
        checks_local.check_book(),
        checks_local.check_port(settings.web.host, settings.web.port),
        checks_local.check_data_dir(data_dir),
        checks_local.check_disk(data_dir),
        checks_local.check_memory(),
    ]
    if broker == NOIDA:
        findings.append(checks_local.check_noida())
    elif broker == APACHE:
        findings += [checks_local.check_java(), checks_local.check_maven()]
    else:
        findings.append(await checks_remote.check_broker(broker, settings.kafka))
    # The default address is that of production; `up` keeps its store in process.
    chosen = "url" in settings.clickhouse.model_fields_set
    if chosen and not settings.clickhouse.url.startswith(CHDB_PREFIX):
        findings.append(await checks_remote.check_store(settings.clickhouse))
        if (forecasts := await check_forecasts(settings.clickhouse)) is not None:
            findings.append(forecasts)
    findings.append(checks_remote.check_proxy(settings.ingest))
    if live:
        findings += await checks_remote.check_venue(settings.ingest)
    return findings

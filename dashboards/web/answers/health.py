"""How the pipeline is, and what is set."""

from __future__ import annotations

from typing import Any

from dashboards.web.answers.base import Answer


class HealthColumns(Answer):
    """Figures of the last hour."""

    time_ms: list[int]
    lag: list[int | None]
    p50_ms: list[float | None]
    p99_ms: list[float | None]
    records_per_s: list[float | None]
    rss_mb: list[float | None]
    insert_ms: list[float | None]


class ReaderFigures(Answer):
    """What the page and the API cost the store."""

    queries: int
    """Since the start."""
    busy_ms: float
    """Time spent in them, ms; several may run at once."""


class HealthAnswer(Answer):
    """How the pipeline is."""

    pipeline: dict[str, Any]
    history: HealthColumns
    notifications: dict[str, Any]
    reader: ReaderFigures
    weight_limit: int
    """REST weight that ingest may use in a minute."""


class SettingsAnswer(Answer):
    """Settings in force; secrets are masked."""

    name: str
    value: Any
    writable: bool
    read_only_reason: str
    """Why it cannot be changed here, and what to do; empty where it can."""


class SettingsChanged(Answer):
    """An engine setting as it will be."""

    name: str
    symbol: str
    value: Any
    overrides: dict[str, Any]
    """Everything that is changed for the symbol now, over the configured settings."""
    effective_from: int
    """Event time (ms) of the market from which it holds, at the next full second."""
    settings_version: str
    """What the signals will name from then on."""


class LiveAnswer(Answer):
    """A frame of each view."""

    frames: list[dict[str, Any]]

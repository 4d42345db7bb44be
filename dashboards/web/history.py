"""The last hour of the pipeline's figures, kept by the process that serves the page."""

from __future__ import annotations

from collections import deque
from typing import Final

from dashboards.web.footer import Footer
from schemas.status import PipelineStatus

SAMPLE_S: Final = 5.0
SAMPLES: Final = 720
FIELDS: Final = ("time_ms", "lag", "p50_ms", "p99_ms", "records_per_s", "rss_mb", "insert_ms")


class HealthHistory:
    """Samples of an hour, oldest first; older ones are forgotten."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float | None, ...]] = deque(maxlen=SAMPLES)
        self._footer = Footer()

    def add(self, status: PipelineStatus, time_ms: int, now_s: float) -> None:
        """Take a sample of the pipeline's status; `now_s` is any steady clock."""
        figures = self._footer.figures(status, now_s)
        self._samples.append(
            (
                time_ms,
                figures["lag"],
                figures["latency_ms"]["p50"],
                figures["latency_ms"]["p99"],
                figures["records_per_s"],
                figures["rss_mb"],
                status.sink.stats.insert_ms.p50,
            )
        )

    def columns(self, newest: int = SAMPLES) -> dict[str, list[float | None]]:
        """Return the newest samples by name."""
        samples = list(self._samples)[-newest:]
        return {name: [sample[i] for sample in samples] for i, name in enumerate(FIELDS)}

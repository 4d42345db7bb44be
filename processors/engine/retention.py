"""How long the engine remembers what: for as long as any of its settings asks for it."""

from typing import Final

from schemas.settings import EngineSettings

GROWTH_MS: Final = 2_000
"""The depth before a cluster is that of a full second not longer ago than this."""


def pulls_ms(settings: EngineSettings) -> int:
    """Return how long pulled orders are remembered, ms."""
    classify = settings.classify
    return max(
        classify.pattern_window_ms,
        classify.layering_window_ms,
        settings.innocence.withdrawal_ms,
        settings.action.closed_memory_ms,
    )


def accusations_ms(settings: EngineSettings) -> int:
    """Return how long an accusation may be taken back, ms."""
    lifecycle = settings.lifecycle
    return max(lifecycle.revision_ms, lifecycle.late_trade_ms, settings.innocence.withdrawal_ms)


def cancels_ms(settings: EngineSettings) -> int:
    """Return how long the cancels of an order are remembered one by one, ms."""
    return max(settings.lifecycle.revision_ms, settings.innocence.pull_ms)


def depths_ms(settings: EngineSettings) -> int:
    """Return how long the depth at full seconds is remembered, ms. A cluster is told once its last
    piece has stood for `min_lifetime_ms`, and compared with what was before its first."""
    until_told = settings.cluster.window_ms + settings.lifecycle.min_lifetime_ms
    return max(2 * settings.innocence.withdrawal_ms, until_told + GROWTH_MS)

"""Every knob of wallwatch with its default, unit and allowed range.

Precedence, highest first: command-line flags, environment (`WALLWATCH_KAFKA__BROKERS=...`), the
TOML file named by `WALLWATCH_CONFIG` or `--config`, the defaults here.
"""

from schemas.settings.clickhouse import ClickHouseSettings
from schemas.settings.detection import (
    TRADE_ALIGNMENT_MS,
    ClassifySettings,
    InnocenceSettings,
    LifecycleSettings,
    ThresholdMode,
    ThresholdSettings,
)
from schemas.settings.engine import EngineSettings
from schemas.settings.explain import explain
from schemas.settings.ingest import (
    SPOT_REST_URL,
    SPOT_WEBSOCKET_URL,
    SPOT_WEIGHT_PER_MINUTE,
    IngestSettings,
    VenueName,
)
from schemas.settings.kafka import KafkaSettings
from schemas.settings.load import CONFIG_VARIABLE, load_settings
from schemas.settings.readings import (
    ActionSettings,
    AlertSettings,
    BookSettings,
    FateSettings,
    FlowSettings,
    LedgerSettings,
    ProofSettings,
    RiskSettings,
    SmartMoneySettings,
)
from schemas.settings.root import Settings, merged
from schemas.settings.section import Section, SettingsError
from schemas.settings.shapes import ChainSettings, ClusterSettings
from schemas.settings.spoof import SpoofModel, SpoofWeights
from schemas.settings.web import NotifyFormat, NotifySettings, WebSettings
from schemas.settings.worker import WorkerSettings

__all__ = [
    "CONFIG_VARIABLE",
    "SPOT_REST_URL",
    "SPOT_WEBSOCKET_URL",
    "SPOT_WEIGHT_PER_MINUTE",
    "TRADE_ALIGNMENT_MS",
    "ActionSettings",
    "AlertSettings",
    "BookSettings",
    "ChainSettings",
    "ClassifySettings",
    "ClickHouseSettings",
    "ClusterSettings",
    "EngineSettings",
    "FateSettings",
    "FlowSettings",
    "IngestSettings",
    "InnocenceSettings",
    "KafkaSettings",
    "LedgerSettings",
    "LifecycleSettings",
    "NotifyFormat",
    "NotifySettings",
    "ProofSettings",
    "RiskSettings",
    "Section",
    "Settings",
    "SettingsError",
    "SmartMoneySettings",
    "SpoofModel",
    "SpoofWeights",
    "ThresholdMode",
    "ThresholdSettings",
    "VenueName",
    "WebSettings",
    "WorkerSettings",
    "explain",
    "load_settings",
    "merged",
]

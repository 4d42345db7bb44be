"""Every knob of wallwatch with its default, unit and allowed range.

Precedence, highest first: command-line flags, environment (`WALLWATCH_KAFKA__BROKERS=...`), the
TOML file named by `WALLWATCH_CONFIG` or `--config`, the defaults here.
"""

from schemas.settings.clickhouse import ClickHouseSettings
from schemas.settings.detection import (
    ClassifySettings,
    InnocenceSettings,
    LifecycleSettings,
    ThresholdMode,
    ThresholdSettings,
)
from schemas.settings.engine import EngineSettings
from schemas.settings.explain import explain
from schemas.settings.ingest import IngestSettings
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
from schemas.settings.shapes import ChainSettings, ClusterSettings, CrossSettings
from schemas.settings.spoof import SpoofModel, SpoofWeights
from schemas.settings.sql import SqlSettings
from schemas.settings.telling.delivery import DeliverySettings, NotifyFormat
from schemas.settings.telling.rules import OF_ORDERS, RuleSettings, RulesSettings, WatchFor
from schemas.settings.web import NotifySettings, WebSettings
from schemas.settings.worker import WorkerSettings
from schemas.venues.known import VENUES, VenueName, markets_of

__all__ = [
    "CONFIG_VARIABLE",
    "OF_ORDERS",
    "VENUES",
    "ActionSettings",
    "AlertSettings",
    "BookSettings",
    "ChainSettings",
    "ClassifySettings",
    "ClickHouseSettings",
    "ClusterSettings",
    "CrossSettings",
    "DeliverySettings",
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
    "RuleSettings",
    "RulesSettings",
    "Section",
    "Settings",
    "SettingsError",
    "SmartMoneySettings",
    "SpoofModel",
    "SpoofWeights",
    "SqlSettings",
    "ThresholdMode",
    "ThresholdSettings",
    "VenueName",
    "WatchFor",
    "WebSettings",
    "WorkerSettings",
    "explain",
    "load_settings",
    "markets_of",
    "merged",
]

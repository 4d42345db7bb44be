"""Every threshold of the detection engine."""

import hashlib
from functools import cached_property

from schemas.settings.detection import (
    ClassifySettings,
    InnocenceSettings,
    LifecycleSettings,
    ThresholdSettings,
)
from schemas.settings.readings import (
    ActionSettings,
    AlertSettings,
    BookSettings,
    FateSettings,
    FlowSettings,
    LedgerSettings,
    RiskSettings,
    SmartMoneySettings,
)
from schemas.settings.section import Section
from schemas.settings.shapes import ChainSettings, ClusterSettings


class EngineSettings(Section):
    """The detection engine; overridable per symbol."""

    threshold: ThresholdSettings = ThresholdSettings()
    lifecycle: LifecycleSettings = LifecycleSettings()
    cluster: ClusterSettings = ClusterSettings()
    chain: ChainSettings = ChainSettings()
    classify: ClassifySettings = ClassifySettings()
    innocence: InnocenceSettings = InnocenceSettings()
    flow: FlowSettings = FlowSettings()
    book: BookSettings = BookSettings()
    action: ActionSettings = ActionSettings()
    smart_money: SmartMoneySettings = SmartMoneySettings()
    alerts: AlertSettings = AlertSettings()
    ledger: LedgerSettings = LedgerSettings()
    risk: RiskSettings = RiskSettings()
    fate: FateSettings = FateSettings()

    @cached_property
    def version(self) -> str:
        """Short hash of every value, recorded with the signals they produced."""
        return hashlib.blake2b(self.model_dump_json().encode(), digest_size=6).hexdigest()

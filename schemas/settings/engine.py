"""Every threshold of the detection engine."""

import hashlib
from functools import cached_property

from schemas.settings.detection import ClassifySettings, LifecycleSettings, ThresholdSettings
from schemas.settings.readings import (
    ActionSettings,
    AlertSettings,
    BookSettings,
    FlowSettings,
    SmartMoneySettings,
)
from schemas.settings.section import Section


class EngineSettings(Section):
    """The detection engine; overridable per symbol."""

    threshold: ThresholdSettings = ThresholdSettings()
    lifecycle: LifecycleSettings = LifecycleSettings()
    classify: ClassifySettings = ClassifySettings()
    flow: FlowSettings = FlowSettings()
    book: BookSettings = BookSettings()
    action: ActionSettings = ActionSettings()
    smart_money: SmartMoneySettings = SmartMoneySettings()
    alerts: AlertSettings = AlertSettings()

    @cached_property
    def version(self) -> str:
        """Short hash of every value, recorded with the signals they produced."""
        return hashlib.blake2b(self.model_dump_json().encode(), digest_size=6).hexdigest()

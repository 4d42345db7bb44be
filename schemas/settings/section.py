"""What all groups of settings have in common."""

from pydantic import BaseModel, ConfigDict


class SettingsError(Exception):
    """A setting is wrong; the message names the field, the value and what is allowed."""


class Section(BaseModel):
    """A group of settings. Unknown names are refused, so a typing error is never silent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

"""What all groups of settings have in common."""

from typing import Any, Final, get_args

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

MAX_WHOLE: Final = 2**53
"""Largest magnitude of a whole number: what every JSON reader keeps exactly."""


class SettingsError(Exception):
    """A setting is wrong; the message names the field, the value and what is allowed."""


class Section(BaseModel):
    """A group of settings. Unknown names are refused, so a typing error is never silent.

    Numbers are finite: JSON has no other, so inf would be stored as null and be read as none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _is_no_flag(cls, value: Any, field: ValidationInfo) -> Any:
        """Refuse true for a number: pydantic would take it for 1."""
        if isinstance(value, bool) and field.field_name is not None:
            wanted = cls.model_fields[field.field_name].annotation
            if bool not in (wanted, *get_args(wanted)):
                raise ValueError(f"takes no {'true' if value else 'false'}")
        return value

    @field_validator("*")
    @classmethod
    def _is_bounded(cls, value: Any) -> Any:
        if isinstance(value, int) and abs(value) > MAX_WHOLE:
            raise ValueError(f"whole numbers go from -{MAX_WHOLE} to {MAX_WHOLE}")
        return value

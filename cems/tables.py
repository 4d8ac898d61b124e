"""What every table of a configuration file shares: strict keys, codes, addresses."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from cems.topics import CODE_PATTERN

Code = Annotated[str, Field(pattern=CODE_PATTERN)]
Host = Annotated[str, Field(pattern=r"^[A-Za-z0-9_:%-]{1,63}(\.[A-Za-z0-9_:%-]{1,63})*\.?$", max_length=253)]
"""Name or address (IPv4, IPv6) of a computer."""


class Table(BaseModel):
    """A table of a configuration file: unknown keys are refused, and true and false are not taken for 1 and 0.

    Only a field that is declared as ``bool`` takes them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_value(cls, value: object, info: ValidationInfo) -> object:
        if isinstance(value, bool) and cls.model_fields[info.field_name or ""].annotation is not bool:
            raise ValueError("expected a number or a text")
        return value

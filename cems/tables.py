"""What every table of a configuration file shares: strict keys, codes, addresses."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from cems.topics import CODE_PATTERN

Code = Annotated[str, Field(pattern=CODE_PATTERN)]
Host = Annotated[str, Field(pattern=r"^[A-Za-z0-9_:%-]{1,63}(\.[A-Za-z0-9_:%-]{1,63})*\.?$", max_length=253)]
"""Name or address (IPv4, IPv6) of a computer."""


class Table(BaseModel):
    """A table of a configuration file: unknown keys are refused, and true and false are not taken for 1 and 0."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_value(cls, value: object) -> object:
        if isinstance(value, bool):
            raise ValueError("expected a number or a text")  # noqa: TRY004 - pydantic makes a fault of ValueError only
        return value

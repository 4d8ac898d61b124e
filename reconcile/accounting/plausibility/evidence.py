"""Records beside the account that its data can be held against: laboratory reports, feeders, stock takes."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeAlias

from pydantic import Field

from reconcile.accounting.records import Record

_Amount: TypeAlias = Annotated[float, Field(ge=0)]


class LabReport(Record):
    """A laboratory report; ``report_no`` joins it to its samples."""

    issued: date
    """Day on which it was issued."""
    laboratory: str = ""
    """Laboratory, with its CMA or CNAS number."""
    qr_code: str = ""
    """Content of its QR code or verification number."""


class FeederTotal(Record):
    """Coal counted by the feeders or belt scales of the boiler, from the control system."""

    fuel: str = Field(min_length=1)
    """Name of the fuel."""
    fed_t: _Amount
    """Mass fed [t]."""


class StockTake(Record):
    """Purchases and stocks of a fuel in a month."""

    fuel: str = Field(min_length=1)
    """Name of the fuel."""
    purchased_t: _Amount
    """Bought and received [t]."""
    opening_t: _Amount
    """Stock at the start [t]."""
    closing_t: _Amount
    """Stock at the end [t]."""
    exported_t: _Amount = 0.0
    """Sold or given away [t]."""

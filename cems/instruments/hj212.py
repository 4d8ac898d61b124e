"""A data logger (数采仪) in the plant file: it calls the gateway and sends HJ 212 packets."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from cems.instruments.base import BaseInstrument, ChannelRow


class Factor(ChannelRow):
    """Which factor of the packets is a channel."""

    factor: str = Field(pattern=r"^[A-Za-z0-9]{1,12}$")
    """Factor code as the logger sends it, such as ``a05001``, or ``S03`` of HJ/T 212-2005."""


class Hj212Instrument(BaseInstrument):
    """One data logger, known by its MN."""

    driver: ClassVar[str] = "hj212"

    protocol: Literal["hj212"]
    mn: str = Field(pattern=r"^[A-Za-z0-9]{1,24}$")
    """Device id (MN) that the logger sends."""
    password_env: str | None = None
    """Name of the environment variable that holds its access password (PW); None accepts any."""
    take: tuple[Literal["2011", "2051"], ...] = ("2011",)
    """Commands whose packets become scans: 2011 realtime, 2051 minute means."""
    value: tuple[Factor, ...] = Field(min_length=1)

    @property
    def rows(self) -> tuple[Factor, ...]:
        """What it measures, in the order of the file."""
        return self.value

    @property
    def has_clock(self) -> bool:
        """Every packet has its DataTime."""
        return True

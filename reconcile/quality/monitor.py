"""The kinds of monitors that the quality rules of 40 CFR Part 75 tell apart."""

from __future__ import annotations

from enum import StrEnum


class Monitor(StrEnum):
    """What a monitor or monitoring system measures."""

    CO2 = "co2"
    """Carbon dioxide, % by volume."""
    O2 = "o2"
    """Oxygen, % by volume."""
    SO2 = "so2"
    """Sulphur dioxide, ppm."""
    NOX = "nox"
    """Nitrogen oxides, ppm."""
    FLOW = "flow"
    """Volumetric flow, scfh (or the unit of its span)."""
    MOISTURE = "moisture"
    """Water vapour, % by volume."""


PERCENT_GASES = frozenset({Monitor.CO2, Monitor.O2})
"""Gases whose errors are judged in % CO2 or % O2, absolute, and not in % of span."""
PPM_GASES = frozenset({Monitor.SO2, Monitor.NOX})
"""Gases whose errors are judged in % of span or in ppm."""
GASES = PERCENT_GASES | PPM_GASES
"""All gases that are calibrated with cylinders."""

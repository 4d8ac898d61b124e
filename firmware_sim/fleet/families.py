"""The table of instrument families, read once; see ``families.toml`` for the meaning and source of each figure."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cems.fleettables import Co2Family, FlowFamily, MoistureFamily


@dataclass(frozen=True, slots=True)
class Family:
    """How far the instruments of a family are usually off."""

    name: str
    """As in the document of a point."""
    bias: float
    """Mean of the fixed gain error [share]."""
    bias_sd: float
    """Its sd from instrument to instrument [share]."""
    tau_s: float
    """First-order lag [s]."""
    phi: float
    """Correlation of the noise from minute to minute."""
    noise: float
    """Sd of the noise [share of the reading]."""
    floor: float
    """Sd of the noise at any reading [unit of the channel]."""
    drift: float
    """Random walk between services [share of the reading per week, sd]."""
    offset_sd: float = 0.0
    """Sd of the fixed offset [unit of the channel]."""
    swirl: float = 0.0
    """Bias in a fully distorted flow [share]."""
    droplets: float = 0.0
    """Bias behind a wet scrubber [share]."""
    temperature: float = 0.0
    """Of the reading per K away from commissioning [1/K]."""
    pressure: float = 0.0
    """Of the reading per kPa away from commissioning [1/kPa]."""
    calibrates: bool = True
    """Whether it is checked with gas by itself every day."""


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).with_name("families.toml")).read_text("utf-8"))


@cache
def family(group: str, name: str) -> Family:
    """The family of a group (``co2``, ``o2``, ``flow``, ``moisture``, ``sensor``).

    >>> family("flow", "ultrasonic-single-path").swirl
    0.155
    """
    row = {k: v for k, v in _table()[group][name].items() if k not in {"source", "confidence"}}
    return Family(name, **row)


@cache
def figures(group: str) -> dict[str, float]:
    """What cylinders (``cylinder``) or the books of a plant (``books``) miss: sd as shares, by name."""
    return {k: float(v) for k, v in _table()[group].items() if k not in {"source", "confidence"}}


CO2_SHARES = {Co2Family.NDIR: 0.52, Co2Family.FTIR: 0.16, Co2Family.TDLAS: 0.16, Co2Family.DILUTION: 0.16}
"""How often each family is met. The split of the pilot is not public (China sheet B.1): project choice."""
FLOW_SHARES = {
    FlowFamily.PITOT: 0.38,
    FlowFamily.MATRIX: 0.18,
    FlowFamily.ULTRASONIC_1: 0.18,
    FlowFamily.ULTRASONIC_X: 0.14,
    FlowFamily.THERMAL: 0.12,
}
"""As above."""
MOISTURE_SHARES = {
    MoistureFamily.CAPACITIVE: 0.45,
    MoistureFamily.DRY_WET_O2: 0.25,
    MoistureFamily.FTIR: 0.10,
    MoistureFamily.TYPED: 0.20,
}
"""As above."""

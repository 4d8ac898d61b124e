"""Load-factor correction of a coal unit's power allowances 负荷系数修正, by plan; which holds for 2023/24 is open."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from cems.errors import RuleError
from reconcile.parameters import Parameters

_NOISE_PLACES = 12
"""A load factor is a quotient: at a limit the noise of doubles must not decide."""
_LARGEST = 1.5
"""No unit runs at so much of its rated power; what is above was given in per cent."""


def correction(strategy: str, load_factor: float, parameters: Parameters) -> float:
    """The factor F_f on power allowances, 1 or more, from the load factor 0 … 1 [-], by one of :data:`STRATEGIES`.

    Raises :class:`RuleError` for an unknown strategy, and for a load factor that is negative, not finite or so large
    that it must be a percentage. *Source*: 2021/22 plan [M]; 2023/24 limit [V], formula of both candidates [M];
    2025/26 draft [V2, transcription of a draft].

    >>> from reconcile.parameters import load_parameters
    >>> table = load_parameters()
    >>> [round(correction(name, 0.60, table), 4) for name in CANDIDATES_2023]
    [1.0614, 1.015]
    >>> [round(correction("2025_2026_draft", f / 100, table), 3) for f in (45, 40, 30, 20, 10, 50)]
    [1.126, 1.16, 1.281, 1.609, 2.747, 1.0]
    """
    if strategy not in STRATEGIES:
        raise RuleError(f"there is no load-factor strategy {strategy!r}; there are {', '.join(STRATEGIES)}")
    if not (math.isfinite(load_factor) and 0 <= load_factor <= _LARGEST):
        raise RuleError(f"a load factor is a fraction, 0 to {_LARGEST:g} (found {load_factor!r})")
    return STRATEGIES[strategy](round(load_factor, _NOISE_PLACES), parameters)


def _none(_load_factor: float, _parameters: Parameters) -> float:
    return 1.0


def _plan_2021(load_factor: float, parameters: Parameters) -> float:
    """1 from 0.85 up; two slopes down to 0.75; 1.015^(16−20F) below."""

    def figure(name: str) -> float:
        return parameters.value(f"alloc_ff_2021_{name}")

    full, upper, lower = figure("full"), figure("upper"), figure("lower")
    if load_factor >= full:
        return 1.0
    if load_factor >= upper:
        return 1 + figure("upper_slope") * 100 * (full - load_factor)
    if load_factor >= lower:
        return figure("lower_start") + figure("lower_slope") * 100 * (upper - load_factor)
    return math.pow(figure("power_base"), figure("power_offset") - figure("power_slope") * load_factor)


def _plan_2023(offset: str) -> Callable[[float, Parameters], float]:
    def curve(load_factor: float, parameters: Parameters) -> float:
        if load_factor >= parameters.value("alloc_ff_2023_limit"):
            return 1.0
        exponent = parameters.value(offset) - parameters.value("alloc_ff_2023_slope") * load_factor
        return math.pow(parameters.value("alloc_ff_2023_base"), exponent)

    return curve


def _draft_2025(load_factor: float, parameters: Parameters) -> float:
    """7.254 − 0.633·(1−e^(−F/29.822)) − 5.643·(1−e^(−F/6.871)) below 50 %, F in per cent."""

    def figure(name: str) -> float:
        return parameters.value(f"alloc_ff_2025_draft_{name}")

    pct = round(100 * load_factor, _NOISE_PLACES)
    if pct >= figure("limit_pct"):
        return 1.0
    first = figure("a") * -math.expm1(-pct / figure("a_scale_pct"))
    return figure("start") - first - figure("b") * -math.expm1(-pct / figure("b_scale_pct"))


STRATEGIES: Final[dict[str, Callable[[float, Parameters], float]]] = {
    "none": _none,
    "2021_2022": _plan_2021,
    "2023_2024_exponent_16": _plan_2023("alloc_ff_2023_offset_16"),
    "2023_2024_exponent_13": _plan_2023("alloc_ff_2023_offset_13"),
    "2025_2026_draft": _draft_2025,
}
"""Corrections by name."""
CANDIDATES_2023: Final = ("2023_2024_exponent_16", "2023_2024_exponent_13")
"""The two that may hold for 2023/24."""
CONVENTIONAL_ONLY: Final = ("2025_2026_draft",)
"""Those known for conventional coal units alone."""

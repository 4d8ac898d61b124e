"""Causes whose size is not free: another fuel than the recorded one, and mix-ups of units and bases."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np

from reconcile.attribution import shifts
from reconcile.attribution.case import Facts
from reconcile.attribution.causes import Spec
from reconcile.attribution.line import Line
from reconcile.attribution.signatures import Array, Context, Shift
from reconcile.parameters import Parameters
from reconcile.rulebooks.equations.part75_f_factors import FUELS, factors_of

_SOLID: Final = ("anthracite", "bituminous", "subbituminous", "lignite", "petroleum_coke", "bark", "wood_residue")
_OTHER: Final = ("oil", "natural_gas")


def fixed_causes(facts: Facts, parameters: Parameters) -> tuple[Spec, ...]:
    """Unit and basis mix-ups of either side, and the fuels that could be burnt unrecorded, as rows of the table.

    Coal plants may change to any solid fuel, oil or gas; gas and oil to each other. A point whose fuel the table of F
    factors lacks gets no fuel of these.
    """
    steps = frozenset({"service", "parameter", "rata"})
    ton, warm = parameters.value("ratio_short_ton"), parameters.value("ratio_20C_for_0C")
    atm = parameters.value("ratio_atm_bar")
    state = tuple(f**s - 1 for f in (warm, atm) for s in (1, -1))
    states = ("20 degC for 0 degC", "0 degC for 20 degC", "bar for atm", "atm for bar")
    tons = {"short tons taken as tonnes": ton - 1, "tonnes taken as short tons": 1 / ton - 1}
    n = facts.units  # of several units alike, the books of some alone may be wrong
    sizes = [size * k / n for k in range(1, n + 1) for size in tons.values()]
    names = [f"{name}, {k} of {n} units" if n > 1 else name for k in range(1, n + 1) for name in tons]
    rows = [
        Spec("tonnage-unit", "accounting", shifts.fuel_scale, tuple(sizes), tuple(names), mix_up=True),
        Spec(
            "flow-state",
            "monitoring",
            shifts.flow_scale,
            state,
            states,
            events=steps,
            mix_up=True,
            channels=frozenset({"velocity", "flow", ""}),
        ),
        Spec(
            "fuel-default",
            "accounting",
            shifts.carbon_scale,
            _defaults(parameters),
            kinds=frozenset({"constant-carbon", "account-default_used"}),
            needs_kind=True,
            mix_up=True,
        ),
    ]
    if facts.line is Line.FUEL and len(facts.fuels) == 1 and facts.fuels[0] in FUELS:
        rows.append(_other_fuel(facts.fuels[0], parameters))
    return tuple(rows)


def _defaults(parameters: Parameters) -> tuple[float, ...]:
    """How far a default carbon lies above the measured one, steps over the published band."""
    low, high = parameters.value("attr_default_low"), parameters.value("attr_default_high")
    return tuple(np.linspace(low, high, 121).tolist())


def _other_fuel(fuel: str, parameters: Parameters) -> Spec:
    """Any of the fuels that could be burnt instead, as one cause."""
    old = factors_of(parameters, fuel)
    names = [n for n in (*(_SOLID if fuel in _SOLID else ()), *_OTHER) if n != fuel]
    new = [factors_of(parameters, name) for name in names]
    fc, fd = (np.array([[getattr(f, kind) / getattr(old, kind)] for f in new]) for kind in ("fc", "fd"))
    value = parameters.value
    more, damp = value("attr_switch_quality"), value("attr_switch_water")
    spread = (
        *(((name, value(f"attr_switch_{name}")),) for name in ("co2", "flow", "fuel")),
        (("fuel", more), ("carbon", -more), ("ncv", -more)),  # other tonnes for the same heat, analysed as they are
        (("moisture", damp), ("flow", damp / 100), ("dry", -damp / 100)),
    )
    sizes = tuple((fc[:, 0] - 1).tolist())
    return Spec("fuel-switch", "accounting", partial(_fuel, fc, fd), sizes, tuple(names), spread=spread)


def _fuel(fc_ratio: Array, fd_ratio: Array, _eps: Array, _context: Context) -> Shift:
    return shifts.other_fuel(fc_ratio, fd_ratio)

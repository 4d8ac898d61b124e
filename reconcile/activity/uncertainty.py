"""The uncertainty of a sector account from monthly records: activity, carbon, factors (JCGM 100), source by source."""

from __future__ import annotations

import math
from collections.abc import Sequence

from reconcile.accounting.fuels import fuel_of
from reconcile.accounting.parts import Account, Part
from reconcile.accounting.records import FuelSample, Record
from reconcile.parameters import Parameters
from reconcile.quality.budget import Budget, Contribution, quadrature

_METERS = {"solid": "u_sys_coal_mass", "liquid": "u_act_liquid_mass", "gas": "u_act_gas_volume"}
_METER_WORDS = {"solid": "solid fuel mass", "liquid": "liquid fuel mass", "gas": "gas volume"}


def account_budget(account: Account, records: Sequence[Record], parameters: Parameters) -> Budget:
    """Budget of the account's direct CO2 [t]; electricity, heat, biogenic CO2 and PFC are left out.

    One meter serves a unit's fuels of one state, fuel taken in and given out apart: its error is the same in all
    months and never averages out. The error of single carbon samples does, with the number that they count for
    (Σw)²/Σw²; what a laboratory has in common does not. Default carbon, process factors and masses of materials stand
    for themselves, one for each fuel or material. *Source*: JCGM 100:2008; the figures are project choices [M].
    """
    fuels = [p for p in account.parts if p.kind == "fuel"]
    process = [p for p in account.parts if p.kind in ("process", "fixed_product")]
    rows = [*_meters(fuels, parameters), *_carbon(fuels, records, parameters)]
    if fuels:
        rows.append(_scale("oxidation factor", "u_sys_oxidation", fuels, parameters))
    for name in sorted({p.name for p in process}):
        of_name = [p for p in process if p.name == name]
        rows.append(_scale(f"mass: {name}", "u_act_material_mass", of_name, parameters))
        rows.append(_scale(f"factor: {name}", "u_act_process_factor", of_name, parameters))
    return Budget(tuple(row for row in rows if row.tonnes))


def _meters(fuels: Sequence[Part], parameters: Parameters) -> list[Contribution]:
    groups: dict[tuple[str, str, bool], list[Part]] = {}
    for part in fuels:
        groups.setdefault((part.unit, fuel_of(part.fuel).state, part.co2_t < 0), []).append(part)
    return [
        _scale(f"{_METER_WORDS[state]}, {unit}{' given out' if out else ''}", _METERS[state], parts, parameters)
        for (unit, state, out), parts in sorted(groups.items())
    ]


def _carbon(fuels: Sequence[Part], records: Sequence[Record], parameters: Parameters) -> list[Contribution]:
    measured = [p for p in fuels if p.tier != "default"]
    rows: list[Contribution] = []
    if measured:
        u = parameters.value("u_random_carbon")
        random_t = quadrature(_net(parts) * u / math.sqrt(_count(parts[0], records)) for parts in _analyses(measured))
        rows.append(Contribution("carbon of the samples", "random", u, random_t))
        rows.append(_scale("laboratory carbon, common error", "u_sys_carbon", measured, parameters))
    for fuel in sorted({p.fuel for p in fuels if p.tier == "default"}):
        key = "u_sys_default_carbon" if fuel_of(fuel).state == "solid" else "u_act_default_fluid"
        parts = [p for p in fuels if p.tier == "default" and p.fuel == fuel]
        rows.append(_scale(f"default carbon: {fuel}", key, parts, parameters))
    return rows


def _analyses(parts: Sequence[Part]) -> list[list[Part]]:
    """Parts that hang on the same samples: one unit, month and fuel."""
    groups: dict[tuple[str, str, str], list[Part]] = {}
    for part in parts:
        groups.setdefault((part.unit, part.month, part.fuel), []).append(part)
    return list(groups.values())


def _count(part: Part, records: Sequence[Record]) -> float:
    """Number of equal samples that would be worth as much as those behind a part, (Σw)²/Σw²; at least 1."""
    carbon = ("c_ar_pct", "c_ad_pct", "c_d_pct", "c_daf_pct", "carbon_t_per_1e4nm3")
    weights = [
        r.represents or 0.0
        for r in records
        if isinstance(r, FuelSample)
        and (r.unit, r.month, fuel_of(r.fuel).key, r.tier) == (part.unit, part.month, part.fuel, part.tier)
        and any(getattr(r, name) is not None for name in carbon)
    ]
    squares = math.fsum(w * w for w in weights)
    return max(1.0, math.fsum(weights) ** 2 / squares) if squares else 1.0


def _scale(source: str, key: str, parts: Sequence[Part], parameters: Parameters) -> Contribution:
    u = parameters.value(key)
    return Contribution(source, "scale", u, _net(parts) * u)


def _net(parts: Sequence[Part]) -> float:
    return abs(math.fsum(p.co2_t for p in parts))

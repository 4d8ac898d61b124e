"""CO2 and PFC of aluminium smelters from monthly records 铝冶炼: anodes, anode effects, flux carbonates, fuel.

*Source*: Guideline for aluminium smelting, CETS-AG-04.01-V01-2024, as read in public code [V2]; slope method after IPCC
[M]. Whether the loss of 15.18 %, the factor (1 − S − A) and the recommended net consumption apply together is not
verified: here (1 − S − A) always applies, the loss to gross consumption only.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal

from cems.errors import RuleError
from reconcile.accounting.combustion import ALL_EVIDENCE, Tiers, fuel_parts
from reconcile.accounting.factors import Factors
from reconcile.accounting.material import material_part
from reconcile.accounting.parts import Account, Part, made
from reconcile.accounting.purchased import purchased_parts
from reconcile.accounting.records import (
    AluminiumOutput,
    AluminiumRecord,
    AnodeEffects,
    AnodeUse,
    CarbonateUse,
    FuelSample,
    FuelUse,
    PurchasedEnergy,
)
from reconcile.parameters import Parameters

Pfc = Literal["default", "slope"]
_POTROOM = "leaves by potroom roof and scrubber, which one monitor does not see whole"
_NOT_CO2 = "is no CO2: a CO2 monitor does not see it"
_KG_PER_T = 1000.0


def account(
    records: Iterable[AluminiumRecord],
    parameters: Parameters,
    tiers: Tiers = ALL_EVIDENCE,
    pfc: Pfc = "default",
) -> Account:
    """The account of monthly aluminium records: CO2 [t] and, apart, PFC [t CO2e].

    A unit and month without :class:`AnodeUse` takes the recommended net consumption times its output. With
    ``pfc = "slope"`` each unit and month with output needs one :class:`AnodeEffects`. Raises :class:`RuleError` where
    they lack or stand twice, for an anode of more than 100 % sulfur and ash, and as ``fuel_parts`` does.

    >>> from reconcile.parameters import load_parameters
    >>> made = account([AluminiumOutput(unit="p1", month="2025-01", aluminium_t=500_000)], load_parameters())
    >>> round(made.direct_t), round(made.pfc_co2e_t)
    (735416, 72405)
    """
    rows = tuple(records)
    uses = [r for r in rows if isinstance(r, FuelUse)]
    samples = [r for r in rows if isinstance(r, FuelSample)]
    parts = list(fuel_parts(uses, samples, parameters, "aluminium", tiers))
    parts += purchased_parts([r for r in rows if isinstance(r, PurchasedEnergy)], parameters)
    parts += [_carbonate(r, parameters) for r in rows if isinstance(r, CarbonateUse)]
    anodes = [r for r in rows if isinstance(r, AnodeUse)]
    parts += [_anode(r, parameters) for r in anodes]
    recorded = {(r.unit, r.month) for r in anodes}
    made_in = {(r.unit, r.month) for r in rows if isinstance(r, AluminiumOutput)}
    for unit, month in sorted(recorded - made_in):
        raise RuleError(f"{unit} {month}: anodes were consumed but no output is given; add aluminium_t, 0 if none")
    effects = _effects(rows) if pfc == "slope" else {}
    for record in (r for r in rows if isinstance(r, AluminiumOutput)):
        if (record.unit, record.month) not in recorded:
            parts.append(_recommended_anode(record, parameters))
        parts.append(_pfc(record, effects, parameters, pfc))
    return made("aluminium", parts)


def anode_co2_t(net_t: float, sulfur_fraction: float, ash_fraction: float, co2_per_c: float) -> float:
    """CO2 of consumed anodes, N_net · (1 − S − A) · 44/12 [t].

    Raises :class:`RuleError` for a negative mass or for sulfur and ash that leave no carbon.

    >>> round(anode_co2_t(0.411, 0.02, 0.004, 44 / 12), 4)
    1.4708
    """
    if not (net_t >= 0 and min(sulfur_fraction, ash_fraction) >= 0 and sulfur_fraction + ash_fraction <= 1):
        raise RuleError(f"no anode has {net_t!r} t, sulfur {sulfur_fraction!r}, ash {ash_fraction!r}: check the record")
    return net_t * (1 - sulfur_fraction - ash_fraction) * co2_per_c


def slope_factors(effects_per_cell_day: float, minutes_per_effect: float, factors: Factors) -> tuple[float, float]:
    """CF4 and C2F6 per aluminium [kg/t] by the slope method: S · AEF · AED, and its share of C2F6 [M].

    >>> from reconcile.parameters import load_parameters
    >>> [round(x, 6) for x in slope_factors(0.1, 2.0, Factors(load_parameters(), "2025-01"))]
    [0.0286, 0.003461]
    """
    cf4 = factors.value("al_slope_cf4") * effects_per_cell_day * minutes_per_effect
    return cf4, cf4 * factors.value("al_slope_c2f6_share")


def _anode(record: AnodeUse, parameters: Parameters) -> Part:
    factors = Factors(parameters, record.month)
    if record.net_t is not None:
        net, words = record.net_t, f"{record.net_t:.10g} t net"
    else:
        loss, gross = factors.value("al_anode_loss"), record.gross_t or 0.0
        net, words = gross * (1 - loss), f"{gross:.10g} t gross × (1 − {loss:g})"
    sulfur = factors.value("al_anode_sulfur") if record.sulfur_pct is None else record.sulfur_pct / 100
    ash = factors.value("al_anode_ash") if record.ash_pct is None else record.ash_pct / 100
    measured = record.sulfur_pct is not None and record.ash_pct is not None
    return _anode_part(record, net, (sulfur, ash), words, factors, "monthly_composite" if measured else "default")


def _recommended_anode(record: AluminiumOutput, parameters: Parameters) -> Part:
    factors = Factors(parameters, record.month)
    each = factors.value("al_anode_net")
    content = (factors.value("al_anode_sulfur"), factors.value("al_anode_ash"))
    words = f"{record.aluminium_t:.10g} t Al × {each:g} t/t"
    return _anode_part(record, record.aluminium_t * each, content, words, factors, "default")


def _anode_part(
    record: AnodeUse | AluminiumOutput,
    net_t: float,
    content: tuple[float, float],
    words: str,
    factors: Factors,
    tier: Literal["monthly_composite", "default"],
) -> Part:
    sulfur, ash = content
    ratio = factors.value("co2_per_c")
    return Part(
        name="anodes",
        kind="process",
        co2_t=anode_co2_t(net_t, sulfur, ash, ratio),
        formula=f"{words} × (1 − {sulfur:g} − {ash:g}) × {ratio:.6g}",
        factors=factors.refs,
        visible_at_stack=False,
        unit=record.unit,
        month=record.month,
        stack=record.stack,
        tier=tier,
        amount=net_t,
        amount_unit="t",
        carbon=1 - sulfur - ash,
        unseen=_POTROOM,
    )


def _pfc(
    record: AluminiumOutput, effects: dict[tuple[str, str], AnodeEffects], parameters: Parameters, pfc: Pfc
) -> Part:
    factors = Factors(parameters, record.month)
    if pfc == "slope":
        found = effects.get((record.unit, record.month))
        if found is None:
            raise RuleError(f"{record.unit} {record.month}: the slope method needs the anode effects of the month")
        cf4, c2f6 = slope_factors(found.effects_per_cell_day, found.minutes_per_effect, factors)
    else:
        cf4, c2f6 = factors.value("al_cf4"), factors.value("al_c2f6")
    gwp_cf4, gwp_c2f6 = factors.value("gwp_cf4"), factors.value("gwp_c2f6")
    per_t = math.fsum((cf4 * gwp_cf4, c2f6 * gwp_c2f6))
    return Part(
        name=f"PFC by {pfc}",
        kind="pfc",
        co2_t=0.0,
        formula=f"{record.aluminium_t:.10g} t Al × ({cf4:g} × {gwp_cf4:g} + {c2f6:g} × {gwp_c2f6:g}) kg CO2e/t / 1000",
        factors=factors.refs,
        visible_at_stack=False,
        unit=record.unit,
        month=record.month,
        stack=record.stack,
        tier="monthly_composite" if pfc == "slope" else "default",
        amount=record.aluminium_t,
        amount_unit="t",
        co2e_t=record.aluminium_t * per_t / _KG_PER_T,
        unseen=_NOT_CO2,
    )


def _effects(rows: Iterable[AluminiumRecord]) -> dict[tuple[str, str], AnodeEffects]:
    found: dict[tuple[str, str], AnodeEffects] = {}
    for record in rows:
        if isinstance(record, AnodeEffects):
            if (record.unit, record.month) in found:
                raise RuleError(f"{record.unit} {record.month}: the anode effects of the month stand twice")
            found[record.unit, record.month] = record
    return found


def _carbonate(record: CarbonateUse, parameters: Parameters) -> Part:
    pure, key = record.mass_t * record.purity_pct / 100, f"carbonate_{record.carbonate}"
    return material_part(record, parameters, key, pure, name=f"flux {record.carbonate}", unseen=_POTROOM)

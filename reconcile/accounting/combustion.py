"""CO2 of fuels by month: best evidence of carbon first, weighted by consumption; NCV × CC where no laboratory spoke.

*Source*: sector guidelines 2022 and 2024, fuel combustion: E = Σ FC · C · OF · 44/12, C = C_ar or NCV · CC. Measured
carbon goes before NCV · CC [V2]; weighting by daily consumption or batch mass [M]. Nothing is rounded on the way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from cems.errors import RuleError
from reconcile.accounting.carbon import carbon_as_received_pct, carbon_from_daf_pct, carbon_from_dry_pct
from reconcile.accounting.factors import Factors
from reconcile.accounting.fuels import Fuel, Sector, fuel_of
from reconcile.accounting.parts import Kind, Part
from reconcile.accounting.records import TIERS, FuelSample, FuelUse, Tier
from reconcile.parameters import Parameters

_Key: TypeAlias = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Tiers:
    """The best evidence an account may use, so that it can be made again with less."""

    carbon: Tier = "measured_daily"
    """Best tier of carbon content that counts; ``default`` takes NCV · CC throughout."""
    ncv: Tier = "measured_daily"
    """Best tier of net calorific value that counts; ``default`` takes the default value throughout."""


ALL_EVIDENCE = Tiers()


@dataclass(frozen=True, slots=True)
class Carbon:
    """Carbon content of a fuel in a month."""

    content: float
    """Carbon [t C/t or t C/10⁴ Nm3]."""
    tier: Tier
    """Evidence behind it."""
    how: str
    """In words."""


def fuel_parts(
    uses: Iterable[FuelUse],
    samples: Iterable[FuelSample],
    parameters: Parameters,
    sector: Sector,
    tiers: Tiers = ALL_EVIDENCE,
) -> tuple[Part, ...]:
    """Parts of the fuels, one for each unit, stack, month, fuel, process, direction and biogenic share.

    A fuel with a biogenic share gives two parts, fossil and biogenic. A fuel given out (``flow = "out"``) counts
    negative. Raises :class:`RuleError` for a fuel not known, an amount in another unit than the fuel's, a sample of a
    fuel that was not used that month, several composites of a month, a fuel given out or a process outside steel, and
    a factor that the table does not have.
    """
    groups: dict[tuple[str, ...], list[FuelUse]] = {}
    for use in uses:
        if sector != "steel" and (use.flow == "out" or use.process):
            raise RuleError(f"{use.unit} {use.month} {use.fuel}: flow out and process belong to a steelworks only")
        groups.setdefault(_group(use), []).append(use)
    found: dict[_Key, list[FuelSample]] = {}
    for sample in samples:
        fuel = fuel_of(sample.fuel)
        _same_unit(sample, fuel)
        found.setdefault((sample.unit, sample.month, fuel.key), []).append(sample)
    used = {group[:3] for group in groups}
    for lonely in sorted(key for key in found if key not in used):
        raise RuleError(f"{' '.join(lonely)}: a sample of a fuel without use that month; add its use, 0 if none")
    parts: list[Part] = []
    for group, rows in sorted(groups.items()):
        unit, month, name = group[:3]
        parts += _parts(rows, found.get((unit, month, name), []), Factors(parameters, month), sector, tiers)
    return tuple(parts)


def co2_per_amount(fuel: Fuel, factors: Factors, sector: Sector) -> float:
    """CO2 of a fuel by default figures alone, NCV · CC · OF · 44/12 [t CO2/t or t CO2/10⁴ Nm3].

    Raises :class:`RuleError` where the table has no default for the fuel. *Source*: default fuel table [V2].

    >>> from reconcile.parameters import load_parameters
    >>> factors = Factors(load_parameters(), "2025-01")
    >>> round(co2_per_amount(fuel_of("natural_gas"), factors, "power"), 3)
    21.65
    >>> round(co2_per_amount(fuel_of("diesel"), factors, "power"), 4)
    3.0959
    """
    carbon = factors.value(fuel.ncv_key(sector)) * factors.value(fuel.cc_key(sector))
    return carbon * factors.value(fuel.of_key(sector)) * factors.value("co2_per_c")


def carbon_of(
    place: str, fuel: Fuel, samples: Sequence[FuelSample], factors: Factors, sector: Sector, tiers: Tiers
) -> Carbon:
    """Carbon content from the best evidence that counts: daily, batch, monthly composite, then NCV · CC.

    Raises :class:`RuleError` for several composites without weight, for a sample that cannot be, and for a factor that
    the table does not have.
    """
    measured = _weighted(place, "carbon", samples, tiers.carbon, lambda s: _sample_carbon(place, fuel, s))
    if measured is not None:
        return measured
    heat = _weighted(place, "NCV", samples, tiers.ncv, lambda s: _sample_ncv(fuel, s))
    if heat is None:
        ncv = factors.value(fuel.ncv_key(sector))
        words = f"default NCV {ncv:g} GJ/{fuel.per}"
    else:
        ncv, words = heat.content, heat.how
    per_heat = factors.value(fuel.cc_key(sector))
    return Carbon(ncv * per_heat, "default", f"{words} × default {per_heat:g} t C/GJ")


def _parts(
    rows: list[FuelUse], samples: list[FuelSample], factors: Factors, sector: Sector, tiers: Tiers
) -> list[Part]:
    first, fuel = rows[0], fuel_of(rows[0].fuel)
    place = f"{first.unit} {first.month} {fuel.key}"
    amount = math.fsum(_amount(place, fuel, row) for row in rows)
    carbon = carbon_of(place, fuel, samples, factors, sector, tiers)
    oxidation, ratio = factors.value(fuel.of_key(sector)), factors.value("co2_per_c")
    co2 = amount * carbon.content * oxidation * ratio * (-1 if first.flow == "out" else 1)
    text = f"{amount:.10g} {fuel.per} × {carbon.content:.8g} t C/{fuel.per} × {oxidation:g} × {ratio:.6g}"
    share = _biogenic_share(first)
    fossil = co2 * (1 - share)
    shares: list[tuple[Kind, float, float]] = [("fuel", fossil, 1 - share)] if share < 1 else []
    shares += [("biogenic", co2 - fossil, share)] if share > 0 else []
    return [
        Part(
            name=" ".join(
                word for word in (kind, first.process, fuel.key, "out" if first.flow == "out" else "") if word
            ),
            kind=kind,
            co2_t=co2_t,
            formula=f"{'−' if first.flow == 'out' else ''}{text}{f' × {part:g}' if part < 1 else ''}; {carbon.how}",
            factors=factors.refs,
            visible_at_stack=not first.elsewhere,
            unit=first.unit,
            month=first.month,
            stack=first.stack,
            fuel=fuel.key,
            process=first.process,
            tier=carbon.tier,
            amount=amount,
            amount_unit=fuel.per,
            carbon=carbon.content,
            unseen="burnt elsewhere" if first.elsewhere else "",
        )
        for kind, co2_t, part in shares
    ]


def _group(use: FuelUse) -> tuple[str, ...]:
    """What tells parts apart."""
    group = (use.unit, use.month, fuel_of(use.fuel).key, use.stack, use.process, use.flow)
    return (*group, str(use.elsewhere), repr(_biogenic_share(use)))


def _same_unit(sample: FuelSample, fuel: Fuel) -> None:
    """Refuse a figure that the fuel's unit of counting would leave unused."""
    of_gas = ("represents_1e4nm3", "carbon_t_per_1e4nm3", "ncv_gj_per_1e4nm3")
    of_mass = ("represents_t", "c_ar_pct", "c_ad_pct", "c_d_pct", "c_daf_pct", "ncv_gj_per_t")
    for name in of_mass if fuel.per == "1e4Nm3" else of_gas:
        if getattr(sample, name) is not None:
            place = f"{sample.unit} {sample.month} {fuel.key} {sample.report_no}".strip()
            raise RuleError(f"{place}: the fuel is counted in {fuel.per}, {name} does not fit it")


def _biogenic_share(use: FuelUse) -> float:
    if use.biogenic_pct is None:
        return 1.0 if fuel_of(use.fuel).biogenic else 0.0
    return use.biogenic_pct / 100


def _amount(place: str, fuel: Fuel, use: FuelUse) -> float:
    amount = use.amount_1e4nm3 if fuel.per == "1e4Nm3" else use.amount_t
    if amount is None:
        raise RuleError(f"{place}: is counted in {fuel.per}; give amount_{fuel.per.lower()}")
    return amount


def _weighted(
    place: str, what: str, samples: Sequence[FuelSample], best: Tier, value: Callable[[FuelSample], float | None]
) -> Carbon | None:
    """Mean of the best tier that has a value and a weight; None where no tier has."""
    for tier in TIERS[TIERS.index(best) : -1]:
        pairs = [(s.represents, v) for s in samples if s.tier == tier and (v := value(s)) is not None]
        if len(pairs) == 1 and tier == "monthly_composite":
            return Carbon(pairs[0][1], tier, f"{what} of the monthly composite")
        if any(weight is None for weight, _ in pairs):
            raise RuleError(f"{place}: {len(pairs)} composites with {what} and no weight; give represents of each")
        total = math.fsum(weight or 0.0 for weight, _ in pairs)
        if total > 0:
            mean = math.fsum((weight or 0.0) * v for weight, v in pairs) / total
            return Carbon(mean, tier, f"{what} of {len(pairs)} {tier} samples that stand for {total:.10g}")
    return None


def _sample_carbon(place: str, fuel: Fuel, sample: FuelSample) -> float | None:
    """Carbon content of one sample [t C/t or t C/10⁴ Nm3]; None where it has none."""
    if fuel.per == "1e4Nm3":
        return sample.carbon_t_per_1e4nm3
    try:
        pct = _carbon_pct(sample)
    except RuleError as error:
        raise RuleError(f"{place} {sample.report_no}: {error}") from error
    return None if pct is None else pct / 100


def _carbon_pct(sample: FuelSample) -> float | None:
    m_ar, m_ad, a_ar = sample.m_ar_pct, sample.m_ad_pct, sample.a_ar_pct
    if sample.c_ar_pct is not None:
        return sample.c_ar_pct
    if sample.c_ad_pct is not None and m_ad is not None and m_ar is not None:
        return carbon_as_received_pct(sample.c_ad_pct, m_ad, m_ar)
    if sample.c_d_pct is not None and m_ar is not None:
        return carbon_from_dry_pct(sample.c_d_pct, m_ar)
    if sample.c_daf_pct is not None and m_ar is not None and a_ar is not None:
        return carbon_from_daf_pct(sample.c_daf_pct, m_ar, a_ar)
    return None


def _sample_ncv(fuel: Fuel, sample: FuelSample) -> float | None:
    return sample.ncv_gj_per_1e4nm3 if fuel.per == "1e4Nm3" else sample.ncv_gj_per_t

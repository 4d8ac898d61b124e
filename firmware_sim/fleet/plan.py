"""Draws a fleet: what stands where, what is documented of it, and by how much each instrument is off."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Final, TypeVar

import numpy as np

from cems.channels import Moisture
from cems.errors import ConfigError, Fault
from cems.fleettables import (
    Co2Family,
    Fleet,
    FleetEnterprise,
    FleetPoint,
    FleetUnit,
    MoistureFamily,
    Sector,
    Siting,
)
from firmware_sim.fleet.classes import CLASSES, UnitClass
from firmware_sim.fleet.families import CO2_SHARES, FLOW_SHARES, MOISTURE_SHARES, family
from firmware_sim.fleet.fuels import mean_fuel
from firmware_sim.fleet.layout import CLASSES_OF, LAYOUTS, Layout, points_of, sectors
from firmware_sim.fleet.places import Place, PointTruth, World
from firmware_sim.fleet.process import UnitTruth
from firmware_sim.physics import M_CO2, M_H2O, MOLAR_VOLUME, O2_IN_AIR, P_STANDARD, saturation_pressure_pa, velocity_m_s
from firmware_sim.streams import Stream, generator

_PROVINCES: Final = (
    ("guangdong", 22.5, 6.5, 20),
    ("jiangsu", 15.5, 12.5, 10),
    ("shandong", 13.5, 14.0, 50),
    ("hebei", 12.0, 15.5, 60),
    ("inner-mongolia", 5.0, 18.0, 1050),
    ("henan", 14.5, 13.5, 110),
    ("zhejiang", 17.0, 11.5, 15),
    ("shanxi", 10.0, 14.5, 780),
)
"""Province, yearly mean and swing of the air [degC], altitude [m]; rounded, project choice."""
_STRAIGHT: Final = {Siting.STACK: (4.0, 15.0), Siting.DUCT: (1.2, 5.0)}
"""Straight run before the section, in diameters, from and to."""
_SPEED: Final = {Siting.STACK: (12.0, 18.0), Siting.DUCT: (9.0, 14.0)}
"""Velocity at rated load that a section is built for [m/s], from and to."""
_SWIRL_FADES_D: Final = 5.0
_USUAL_WATER_PCT: Final = 10.0
"""Moisture for which the offsets of the families are meant; a dry gas has smaller ones, or its readings were 0."""
_FIRST: Final = date(1970, 2, 1).toordinal()
_LAST: Final = date(9999, 11, 1).toordinal()
T = TypeVar("T")


def draw_world(
    seed: int, start: date, days: int, enterprises: int, points: int, utc_offset_hours: float = 8.0
) -> World:
    """A fleet of so many enterprises and points; raises :class:`ConfigError` where they do not fit each other.

    And for days that are not counted from 1970, of which a day and a month beside the run are needed too.
    """
    if days < 1:
        raise ConfigError("simulated fleet", [Fault(0, "--days", "give one day or more")])
    if not _FIRST <= start.toordinal() <= _LAST - days:
        message = f"a run lies between {date.fromordinal(_FIRST)} and {date.fromordinal(_LAST)} (found {start})"
        raise ConfigError("simulated fleet", [Fault(0, "--start", message)])
    rng = generator(seed, Stream.FLEET_PLAN)
    counts = points_of(enterprises, points, rng)
    places, seen = [], dict.fromkeys(Sector, 0)
    for index, (sector, count) in enumerate(zip(sectors(enterprises), counts, strict=True)):
        places.append(_place(seed, index, sector, seen[sector], count))
        seen[sector] += 1
    docs = tuple(p.doc for p in places)
    fleet = Fleet(
        name=f"simulated-{seed}",
        start=start.isoformat(),
        days=days,
        utc_offset_hours=utc_offset_hours,
        enterprise=docs,
    )
    return World(seed, fleet, tuple(places))


def _place(seed: int, index: int, sector: Sector, nth: int, count: int) -> Place:
    rng = generator(seed, Stream.FLEET_PLAN, index + 1)
    kind = CLASSES[CLASSES_OF[sector][nth % len(CLASSES_OF[sector])]]
    layouts = LAYOUTS[count]
    layout = layouts[int(rng.integers(len(layouts)))]
    code = f"{sector}-{nth + 1:02d}"
    province, mean_c, swing_c, altitude = _PROVINCES[int(rng.integers(len(_PROVINCES)))]
    units = tuple(_unit(rng, kind, index * 64 + i) for i in range(layout.units))
    codes = _point_codes(code, layout)
    points = tuple(
        _point(rng, index * 64 + 32 + i, codes[i], Siting(siting), tuple(units[u] for u in through), through, altitude)
        for i, (siting, through) in enumerate(layout.points)
    )
    doc = FleetEnterprise(
        code=code,
        sector=sector,
        province=province,
        unit=tuple(
            FleetUnit(
                code=f"{code}-unit-{i + 1}",
                unit_class=kind.name,
                rated=kind.rated,
                fuel=kind.fuel,
                shares={codes[p]: kind.seen for p, (_, through) in enumerate(layout.points) if i in through},
            )
            for i in range(layout.units)
        ),
        point=tuple(p.doc for p in points),
        reported_stacks=tuple(codes[i] for i in layout.reported),
    )
    return Place(index, doc, units, points, mean_c, swing_c, float(altitude))


def _point_codes(code: str, layout: Layout) -> list[str]:
    seen = {"stack": 0, "duct": 0}
    codes = []
    for siting, _ in layout.points:
        seen[siting] += 1
        codes.append(f"{code}-{siting}-{seen[siting]}")
    return codes


def _unit(rng: np.random.Generator, kind: UnitClass, owner: int) -> UnitTruth:
    oxidation, leak, heat, signal = rng.random(4)
    return UnitTruth(
        owner,
        kind,
        oxidation=min(kind.oxidation + 0.005 * (2 * float(oxidation) - 1), 1.0),
        leak=kind.leak * (0.75 + 0.5 * float(leak)),
        heat=kind.heat * (0.98 + 0.04 * float(heat)),
        bypass_signal=bool(signal < 0.8),
    )


def _pick(rng: np.random.Generator, shares: Mapping[T, float]) -> T:
    names = list(shares)
    weights = np.array([shares[n] for n in names])
    return names[int(rng.choice(len(names), p=weights / weights.sum()))]


def _point(
    rng: np.random.Generator,
    owner: int,
    code: str,
    siting: Siting,
    units: tuple[UnitTruth, ...],
    through: tuple[int, ...],
    altitude_m: float,
) -> PointTruth:
    kind = units[0].kind
    co2, flow, moist = _pick(rng, CO2_SHARES), _pick(rng, FLOW_SHARES), _pick(rng, MOISTURE_SHARES)
    if co2 is Co2Family.FTIR:
        moist = MoistureFamily.FTIR
    elif moist is MoistureFamily.FTIR:
        moist = MoistureFamily.CAPACITIVE
    basis = Moisture.DRY if co2 is Co2Family.NDIR else Moisture.WET
    kv = round(float(rng.uniform(0.98, 1.10)), 2)
    up = round(float(rng.uniform(*_STRAIGHT[siting])), 1)
    down = round(up * float(rng.uniform(0.3, 0.6)), 1)
    pressure = P_STANDARD * (1.0 - 2.25577e-5 * altitude_m) ** 5.25588
    leak = float(rng.uniform(0.005, 0.02)) if siting is Siting.STACK else 0.0
    area, water = _section(units, float(rng.uniform(*_SPEED[siting])), kv, pressure)
    doc = FleetPoint(
        code=code,
        siting=siting,
        area_m2=area,
        kv=kv,
        straight_up_d=up,
        straight_down_d=down,
        co2=co2,
        flow=flow,
        moisture=moist,
        co2_basis=basis,
        o2_basis=basis,
        co2_full_scale_pct=kind.co2_full_scale,
        velocity_full_scale=30.0,
        wet_fgd=kind.wet_fgd,
    )
    feeds = tuple((u, units[i].kind.seen) for i, u in enumerate(through))
    return _with_errors(rng, owner, doc, feeds, leak, pressure, kind, water)


def _section(units: tuple[UnitTruth, ...], speed: float, kv: float, pressure_pa: float) -> tuple[float, float]:
    """Area [m2] for a velocity at rated load [m/s], and the moisture there [%]."""
    dry, water = 0.0, 0.0
    for unit in units:
        kind, fuel = unit.kind, mean_fuel(unit.kind.fuel)
        feed = kind.rated * unit.heat / float(fuel.ncv[0])
        nitrogen = (1.0 - O2_IN_AIR) / O2_IN_AIR
        zero = float(fuel.dry_gas[0]) - float(fuel.o2_demand[0]) * nitrogen * (1.0 - kind.demand_share)
        burnt = feed * zero * O2_IN_AIR / (O2_IN_AIR - kind.o2 / 100.0)
        dry += burnt * (1.0 + unit.leak) + kind.rated * kind.process_co2 * 1000.0 / M_CO2
        water += feed * float(fuel.water[0]) + 0.015 * burnt + kind.rated * kind.process_water * 1000.0 / M_H2O
    t = units[0].kind.temperature_c
    moisture = 100.0 * water / (dry + water)
    if units[0].kind.wet_fgd:
        moisture = 98.5 * float(saturation_pressure_pa(np.array(t))) / pressure_pa
    one = velocity_m_s(
        dry * MOLAR_VOLUME,
        temperature_c=t,
        static_pa=-100.0,
        barometric_pa=pressure_pa,
        moisture_pct=moisture,
        area_m2=1.0,
        kv=kv,
    )
    return round(float(one) / speed, 2), moisture


def _with_errors(
    rng: np.random.Generator,
    owner: int,
    doc: FleetPoint,
    feeds: tuple[tuple[int, float], ...],
    leak: float,
    pressure_pa: float,
    kind: UnitClass,
    water_pct: float,
) -> PointTruth:
    co2, flow = family("co2", doc.co2), family("flow", doc.flow)
    o2, moist = family("o2", doc.o2_basis), family("moisture", doc.moisture)
    barometer, pressure, thermometer = (family("sensor", n) for n in ("barometric", "pressure", "temperature"))
    z = [float(v) for v in rng.standard_normal(16).clip(-2.5, 2.5)]
    swirl = flow.swirl * math.exp(-doc.straight_up_d / _SWIRL_FADES_D)
    droplets = flow.droplets if doc.wet_fgd else 0.0
    small = min(doc.co2_full_scale_pct / 20.0, 1.0)
    return PointTruth(
        owner=owner,
        doc=doc,
        feeds=feeds,
        leak=leak,
        co2_gain=co2.bias + co2.bias_sd * z[0],
        co2_offset=co2.offset_sd * z[1] * small,
        o2_gain=o2.bias + o2.bias_sd * z[2] * (0.1 if doc.co2_full_scale_pct < 5 else 1.0),
        o2_offset=o2.offset_sd * z[3],
        flow_gain=flow.bias + flow.bias_sd * z[4] + droplets * abs(z[5]) + swirl * z[6] / 1.5,
        flow_slope=0.5 * swirl * z[7],
        flow_fans=(0.0, 0.0, 0.1 * swirl * z[8], 0.1 * swirl * z[9]),
        moisture_gain=moist.bias + moist.bias_sd * z[10],
        moisture_offset=moist.offset_sd * z[11] * min(water_pct / _USUAL_WATER_PCT, 1.0),
        moisture_constant_pct=round(water_pct * (1.0 + moist.bias_sd * z[10]), 1),
        temperature_offset_k=thermometer.offset_sd * z[12],
        pressure_offset_pa=pressure.offset_sd * z[13],
        barometric_gain=barometer.bias_sd * z[14],
        barometric_offset_pa=barometer.offset_sd * z[15],
        design_c=kind.temperature_c,
        design_pa=pressure_pa - 100.0,
        calibration_min=60 + int(rng.integers(0, 180)),
        service_weekday=int(rng.integers(0, 5)),
    )

"""The hours of one point from its minutes and those of its units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cems.channels import CHANNELS, Channel, Moisture
from cems.clock import HOUR_MS
from cems.errors import RuleError
from cems.fleettables import FleetPoint, FleetUnit
from reconcile.fleethours.grid import Grid, counts_of, most_frequent
from reconcile.fleethours.lags import lag_rule_of, lags
from reconcile.fleethours.marks import digit_step, fingerprints, last_digits
from reconcile.fleethours.rows import PointMinutes, UnitMinutes
from reconcile.fleethours.spreads import ChannelSpread, spread
from reconcile.hours import Hours
from reconcile.minutes import Minutes
from reconcile.parameters import Parameters
from reconcile.pointhours import SPREAD_OF, STATES, PointHours, Spread
from reconcile.rulebooks import hj75
from reconcile.rulebooks.averaging import MINUTES, hour_means
from reconcile.rulebooks.equations import hj75 as equations

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
_S: Final = 1000
_MEASURING, _CALIBRATING, _MAINTENANCE, _FAULT, _STOPPED, _ABOVE = range(len(STATES))
_GAS: Final = (Channel.CO2, Channel.O2)
_FLOW: Final = (Channel.VELOCITY, Channel.TEMPERATURE, Channel.PRESSURE, Channel.BAROMETRIC, Channel.MOISTURE)


class _Unit(NamedTuple):
    """Minutes of a unit on the grid, and the share of its gas that passes the point."""

    grid: Grid
    rows: UnitMinutes
    share: float
    load: Array


class _Seen(NamedTuple):
    """What the cabinets measured, minute by minute over look back and span."""

    value: dict[Channel, Array]
    """NaN where a channel did not measure or shows what cannot be."""
    bad: dict[Channel, Bools]
    """Measured by its cabinet's word, and impossible."""
    gas: NDArray[np.int8]
    flow: NDArray[np.int8]
    rows: Ints


class _Gas(NamedTuple):
    """Gas at the standard state, minute by minute over look back and span."""

    concentration: Array
    dry: Array
    wet: Array
    co2: Array
    o2: Array
    mass: Array


def look_back_ms(parameters: Parameters) -> int:
    """How long before the first hour :func:`hours_of` looks at minutes [ms]; give it the rows of this time too."""
    return int(parameters.value("fleet_look_back_h")) * HOUR_MS


def hours_of(
    point: FleetPoint,
    minutes: PointMinutes,
    units: Sequence[tuple[FleetUnit, UnitMinutes]],
    span_ms: tuple[int, int],
    parameters: Parameters,
) -> PointHours:
    """The hours that start in [span_ms[0], span_ms[1]), both whole hours UTC, of one point.

    ``minutes`` and ``units`` hold the rows of the span and of :func:`look_back_ms` before it, in any order; rows
    elsewhere are not looked at. Where these rows are there, an hour comes out the same to the last bit however the
    series is cut into spans. Of several rows for one minute one is kept (:class:`Grid`). A reading counts where its
    cabinet measures and the value is possible (range of the channel, full scale of the instrument). Mass, status and
    means are those of HJ 75: 45 valid minutes, product of the hourly means (:func:`reconcile.hours.compute`). The
    load of a unit counts by the share of its gas that passes the point in the design.

    Raises :class:`RuleError` for a span that is not of whole hours, and for a unit whose gas does not pass the point.
    *Source*: HJ 212-2017 App. D.2 for mass; spreads, lags, fingerprints are our own (project choice).
    """
    start_ms, end_ms = span_ms
    if start_ms % HOUR_MS or end_ms % HOUR_MS or end_ms < start_ms:
        raise RuleError(f"a span of hours runs from a whole hour to a whole hour (found {span_ms})")
    back_h = int(parameters.value("fleet_look_back_h"))
    start_s = (start_ms - back_h * HOUR_MS) // _S
    n_minutes = ((end_ms - start_ms) // HOUR_MS + back_h) * MINUTES
    seen = _seen(point, minutes, start_s, n_minutes)
    sources = [_unit(point, unit, rows, start_s, n_minutes, parameters) for unit, rows in units]
    load = _shared([(u.load, u.share) for u in sources], n_minutes)
    gas = _gas(point, seen, parameters)
    here = slice(back_h * MINUTES, None)
    grid = _grid(seen, gas, load[here], start_ms, here, parameters)
    hours = hj75.hours(grid, parameters)
    return _made(point, seen, gas, sources, load, hours, back_h, parameters)


def _seen(point: FleetPoint, minutes: PointMinutes, start_s: int, n: int) -> _Seen:
    keys = (minutes.gas_status, minutes.flow_status, *(getattr(minutes, c.value) for c in (*_GAS, *_FLOW)))
    grid = Grid(minutes.time_s, start_s, n, keys)
    gas, flow = grid.states(minutes.gas_status), grid.states(minutes.flow_status)
    value, bad = {}, {}
    for channel in (*_GAS, *_FLOW):
        raw = grid.values(getattr(minutes, channel.value))
        measuring = (gas if channel in _GAS else flow) == _MEASURING
        low, high = _limits(point, channel)
        with np.errstate(invalid="ignore"):
            possible = (raw >= low) & (raw <= high)
        value[channel] = np.where(measuring & possible, raw, np.nan)
        bad[channel] = measuring & ~possible
    return _Seen(value, bad, gas, flow, grid.rows_per_minute)


def _limits(point: FleetPoint, channel: Channel) -> tuple[float, float]:
    """Range of a channel, narrowed by the instrument's full scale as single precision holds it."""
    info = CHANNELS[channel]
    full = {Channel.CO2: point.co2_full_scale_pct, Channel.VELOCITY: point.velocity_full_scale}.get(channel, info.high)
    return info.low, min(info.high, max(full, float(np.float32(full))))


def _unit(point: FleetPoint, unit: FleetUnit, rows: UnitMinutes, start_s: int, n: int, parameters: Parameters) -> _Unit:
    if point.code not in unit.shares:
        raise RuleError(f"no gas of unit {unit.code!r} passes point {point.code!r}; leave the unit out")
    keys = (rows.load, rows.fuel_feed, rows.boiler_o2, rows.bypass_open, rows.fan_state)
    grid = Grid(rows.time_s, start_s, n, keys)
    load = grid.values(rows.load)
    most = unit.rated * parameters.value("fleet_load_most_share")
    with np.errstate(invalid="ignore"):
        load = np.where((load >= CHANNELS[Channel.LOAD].low) & (load <= most), load, np.nan)
    return _Unit(grid, rows, unit.shares[point.code], load)


def _shared(parts: Sequence[tuple[Array, float]], n: int) -> Array:
    """Sum of the shares of all units; NaN in a minute in which one of them is not known, or without units."""
    total = np.zeros(n) if parts else np.full(n, np.nan)
    for values, share in parts:
        total += share * values
    return total


def _gas(point: FleetPoint, seen: _Seen, parameters: Parameters) -> _Gas:
    """Both sides are made dry, minute by minute, as for a stack (:mod:`reconcile.basis`)."""
    standard, value = hj75.standard(parameters), seen.value
    water = value[Channel.MOISTURE] / 100.0
    co2 = _dry(value[Channel.CO2], point.co2_basis, water)
    o2 = _dry(value[Channel.O2], point.o2_basis, water)
    actual = equations.actual_flow(equations.mean_velocity(value[Channel.VELOCITY], point.kv), point.area_m2)
    state = (value[Channel.TEMPERATURE], value[Channel.PRESSURE], value[Channel.BAROMETRIC])
    wet = equations.wet_standard_flow(actual, *state, standard)
    dry = equations.dry_standard_flow(actual, *state, water, standard)
    concentration = equations.mass_concentration(co2 * equations.PPM_PER_PCT, standard)
    return _Gas(concentration, dry, wet, co2, o2, equations.mass_rate(concentration, dry))


def _dry(value: Array, basis: Moisture, water: Array) -> Array:
    return value if basis is Moisture.DRY else equations.to_dry(value, water)


def _grid(seen: _Seen, gas: _Gas, load: Array, start_ms: int, here: slice, parameters: Parameters) -> Minutes:
    """The minutes of the span as rule books take them."""

    def rows(values: NDArray[np.generic]) -> NDArray[np.generic]:
        return values[here].reshape(-1, MINUTES)

    said = ((seen.gas == _STOPPED) | (seen.flow == _STOPPED)) & ~np.isfinite(seen.value[Channel.CO2])
    with np.errstate(invalid="ignore"):
        stopped = said[here] | (load <= parameters.value("load_stopped_MW"))
    excused = np.isin(seen.gas, (_CALIBRATING, _MAINTENANCE)) | np.isin(seen.flow, (_CALIBRATING, _MAINTENANCE))
    as_floats = {
        name: np.asarray(rows(values), dtype=np.float64)
        for name, values in (
            ("concentration", gas.concentration),
            ("flow", gas.dry),
            ("flow_wet", gas.wet),
            ("co2_pct", gas.co2),
            ("o2_pct_dry", gas.o2),
            ("moisture_pct", seen.value[Channel.MOISTURE]),
            ("mass_kg_per_h", gas.mass),
        )
    }
    unknown = np.full(stopped.size, np.nan).reshape(-1, MINUTES)
    return Minutes(
        start_ms=start_ms,
        route="dry",
        **as_floats,
        load_mw=load.reshape(-1, MINUTES),
        fuel_t_per_h=unknown,
        scans=np.asarray(rows(np.minimum(seen.rows, 1)), dtype=np.int64).sum(axis=1),
        stopped=stopped.reshape(-1, MINUTES),
        excused=np.asarray(rows(excused), dtype=np.bool_),
        out_of_control=np.zeros((stopped.size // MINUTES, MINUTES), dtype=np.bool_),
    )


def _made(
    point: FleetPoint,
    seen: _Seen,
    gas: _Gas,
    units: Sequence[_Unit],
    load: Array,
    hours: Hours,
    back_h: int,
    parameters: Parameters,
) -> PointHours:
    here = slice(back_h * MINUTES, None)
    value, rule = seen.value, lag_rule_of(parameters)
    need, need_load = (parameters.value(f"min_{name}_minutes_hour") for name in ("valid", "load"))
    n_minutes = load.size
    feed = _shared([(u.grid.values(u.rows.fuel_feed), u.share) for u in units], n_minutes)
    co2, o2 = value[Channel.CO2][here], value[Channel.O2][here]
    return PointHours(
        start_ms=hours.start_ms,
        status=hours.status,
        operating_h=hours.operating_h,
        co2_kg=hours.co2_kg,
        co2_pct_dry=hours.co2_pct_dry,
        o2_pct_dry=hours.o2_pct_dry,
        moisture_pct=hours.moisture_pct,
        temperature_c=_enough(value[Channel.TEMPERATURE][here], need),
        pressure_pa=_enough((value[Channel.BAROMETRIC] + value[Channel.PRESSURE])[here], need),
        flow_wet_std=hours.flow_wet_std,
        load=hours.load_mw,
        fuel_feed=_enough(feed[here], need_load),
        boiler_o2_pct=_enough(_boiler_o2(units, n_minutes)[here], need_load),
        bypass_open=_bypass(units, here, len(hours.start_ms)),
        fan_state=_fans(units, here, len(hours.start_ms)),
        gas_minutes=counts_of(seen.gas[here], len(STATES)),
        flow_minutes=counts_of(seen.flow[here], len(STATES)),
        doubled=np.count_nonzero(seen.rows[here].reshape(-1, MINUTES) > 1, axis=1).astype(np.int64),
        spread=_spreads(seen, load, back_h, parameters),
        lag_min=lags(gas.mass, load, back_h, rule),
        lag_gas_min=lags(gas.co2, load, back_h, rule),
        fingerprint=fingerprints(co2, o2, parameters.value("fleet_fingerprint_minutes")),
        digits=last_digits(co2, digit_step(point.co2_full_scale_pct, parameters.value("fleet_digit_share"))),
    )


def _spreads(seen: _Seen, load: Array, back_h: int, parameters: Parameters) -> Spread:
    least = parameters.value("fleet_lag1_minutes")
    grids = [load if name == "load" else seen.value[Channel(name)] for name in SPREAD_OF]
    none = np.zeros(load.size, dtype=np.bool_)
    bad = [none if name == "load" else seen.bad[Channel(name)] for name in SPREAD_OF]
    parts = [spread(grid, back_h, least) for grid in grids]
    columns = {name: np.stack([getattr(p, name) for p in parts], axis=1) for name in ChannelSpread._fields}
    counted = [np.count_nonzero(b[back_h * MINUTES :].reshape(-1, MINUTES), axis=1) for b in bad]
    return Spread(**columns, bad=np.stack(counted, axis=1).astype(np.int64))


def _boiler_o2(units: Sequence[_Unit], n: int) -> Array:
    """O2 at the boilers, weighted by load [% dry]; a unit that stands still does not count."""
    over, under = np.zeros(n), np.zeros(n)
    for unit in units:
        o2 = unit.grid.values(unit.rows.boiler_o2)
        with np.errstate(invalid="ignore"):
            weight = np.where((unit.load > 0) & (o2 >= 0) & (o2 <= CHANNELS[Channel.O2].high), unit.load, 0.0)
        over += unit.share * weight * np.where(weight > 0, o2, 0.0)
        under += unit.share * weight
    return np.where(under > 0, over / np.where(under > 0, under, 1.0), np.nan)


def _bypass(units: Sequence[_Unit], here: slice, n_hours: int) -> Array:
    """Share of the minutes with a signal in which a damper was open; NaN without any signal."""
    is_open = np.zeros((n_hours, MINUTES), dtype=np.bool_)
    told = np.zeros((n_hours, MINUTES), dtype=np.bool_)
    for unit in units:
        states = unit.grid.states(unit.rows.bypass_open)[here].reshape(-1, MINUTES)
        is_open |= states == 1
        told |= states >= 0
    n = np.count_nonzero(told, axis=1)
    return np.where(n > 0, np.count_nonzero(is_open, axis=1) / np.maximum(n, 1), np.nan)


def _fans(units: Sequence[_Unit], here: slice, n_hours: int) -> Ints:
    if not units:
        return np.full(n_hours, -1, dtype=np.int64)
    return most_frequent(units[0].grid.states(units[0].rows.fan_state)[here])


def _enough(values: Array, need: float) -> Array:
    """Hourly means where at least ``need`` minutes are there."""
    _, minutes, loose = hour_means(values.reshape(-1, MINUTES))
    return np.where(minutes >= need, loose, np.nan)

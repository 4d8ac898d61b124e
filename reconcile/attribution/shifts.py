"""The faults themselves: one function each, size to shift of primitives. Sizes eps of shape (n, 1), nodes (n_nodes,).

*Source of all*: international facts C.4 and E.3, China sheet B.4; each is what the physics of the fault makes exactly.
A shift is what is *shown* against what would be shown in health; ``room`` is NaN where the point has no O2.
"""

from __future__ import annotations

import numpy as np

from reconcile.attribution.signatures import Array, Context, Shift

_LEAST = 1e-6
"""A share below which nothing is left: keeps logarithms of impossible sizes finite, and their score hopeless."""


def _ln(share: Array | float) -> Array:
    return np.asarray(np.log(np.maximum(share, _LEAST)), dtype=np.float64)


def flow_scale(eps: Array, _: Context) -> Shift:
    """The flow meter reads (1 + eps): Kv, area, profile, plugged pitot, factor left out."""
    return {"flow": _ln(1 + eps)}


def flow_zero(eps: Array, c: Context) -> Shift:
    """The zero of the pressure cell is off by eps of its reading at the highest flow: large where the flow is small."""
    return {"flow": 0.5 * _ln(1 + eps / c.speed**2)}


def temperature_bias(eps: Array, c: Context) -> Shift:
    """The thermometer reads eps kelvin too much; a pitot's flow goes with 1/sqrt(T)."""
    return {"flow": -0.5 * _ln(1 + eps / c.kelvin), "temperature": eps}


def pressure_bias(eps: Array, c: Context) -> Shift:
    """The absolute pressure reads (1 + eps); a pitot's flow goes with sqrt(P)."""
    return {"flow": 0.5 * _ln(1 + eps), "pressure": eps * c.pascal}


def temperature_bias_path(eps: Array, c: Context) -> Shift:
    """The same where velocity is measured itself (sound, heat): the flow goes with 1/T."""
    return {"flow": -_ln(1 + eps / c.kelvin), "temperature": eps}


def pressure_bias_path(eps: Array, c: Context) -> Shift:
    """The absolute pressure reads (1 + eps) where velocity is measured itself: the flow goes with P."""
    return {"flow": _ln(1 + eps), "pressure": eps * c.pascal}


def co2_basis(eps: Array, c: Context) -> Shift:
    """CO2 alone stands on the other basis: times (1 − Bw) for eps = 1, over it for −1."""
    return {"co2": eps * _ln(1 - c.water)}


def gas_basis(eps: Array, c: Context) -> Shift:
    """CO2 and O2 both stand on the other basis: times (1 − Bw) for eps = 1, over it for −1."""
    factor = (1 - c.water) ** eps
    return {
        "co2": _ln(factor),
        "room": _ln((c.o2_air_pct - c.o2_pct * factor) / c.room_pct),
        "o2": c.o2_pct * (factor - 1),
    }


def co2_scale(eps: Array, _: Context) -> Shift:
    """The CO2 analyser, its cylinder or its basis makes (1 + eps) of CO2."""
    return {"co2": _ln(1 + eps)}


def co2_branch_leak(eps: Array, c: Context) -> Shift:
    """Air gets into the branch of the CO2 analyser only, share eps of the sample."""
    return {"co2": _ln(1 - eps + eps * c.co2_air_pct / c.co2_pct)}


def co2_zero(eps: Array, c: Context) -> Shift:
    """The CO2 analyser reads eps too much [% dry] at any concentration."""
    return {"co2": _ln(1 + eps / c.co2_pct)}


def o2_scale(eps: Array, c: Context) -> Shift:
    """The O2 analyser reads (1 + eps): ln(1 − k), k = eps·O2/(20.9 − O2)."""
    return {"room": _ln(1 - eps * c.o2_pct / c.room_pct), "o2": eps * c.o2_pct}


def sample_dilution(eps: Array, c: Context) -> Shift:
    """Air gets into the sample of both analysers, share eps: both move on the line towards air."""
    return {
        "co2": _ln(1 - eps + eps * c.co2_air_pct / c.co2_pct),
        "room": _ln(1 - eps) + 0 * c.room_pct,
        "o2": eps * c.room_pct,
    }


def inert_in_sample(eps: Array, c: Context) -> Shift:
    """Water in the cells of a dry system, nitrogen in the sample, or a dilution ratio off: all gases (1 − eps)."""
    return {"co2": _ln(1 - eps), "room": _ln(1 + eps * c.o2_pct / c.room_pct), "o2": -eps * c.o2_pct}


def duct_in_leakage(eps: Array, c: Context) -> Shift:
    """Air leaks into the duct before the point, eps per dry gas: thinner and more of it, the mass is right."""
    wet = _ln(1 + eps * (1 - c.water))
    return {
        "co2": _ln((1 + eps * c.co2_air_pct / c.co2_pct) / (1 + eps)),
        "room": -_ln(1 + eps) + 0 * c.room_pct,
        "flow": wet,
        "dry": _ln(1 + eps) - wet,
        "o2": eps / (1 + eps) * c.room_pct,
        "moisture": -100 * c.water * (1 - 1 / (1 + eps * (1 - c.water))),
    }


def moisture_scale(eps: Array, c: Context) -> Shift:
    """The moisture of a dry CO2, wet flow point reads (1 + eps)."""
    return {"dry": _ln((1 - c.water * (1 + eps)) / (1 - c.water)), "moisture": 100 * eps * c.water}


def moisture_scale_wet(eps: Array, c: Context) -> Shift:
    """The moisture of a point that reads CO2 wet reads (1 + eps): dry CO2, O2 and flow move, the mass does not."""
    factor = (1 - c.water) / (1 - c.water * (1 + eps))
    return {
        "co2": _ln(factor),
        "room": _ln((c.o2_air_pct - c.o2_pct * factor) / c.room_pct),
        "dry": -_ln(factor),
        "o2": c.o2_pct * (factor - 1),
        "moisture": 100 * eps * c.water,
    }


def moisture_left_out(_: Array, c: Context) -> Shift:
    """Wet flow is taken for dry: 1/(1 − Bw) too much."""
    return {"dry": -_ln(1 - c.water)[None, :]}


def dried_twice(_: Array, c: Context) -> Shift:
    """Moisture is taken off a second time: (1 − Bw) too little."""
    return {"dry": _ln(1 - c.water)[None, :]}


def fuel_scale(eps: Array, _: Context) -> Shift:
    """The recorded quantity of fuel is (1 + eps) of the true one: belt scale, stock, unit of the tonnage."""
    return {"fuel": _ln(1 + eps)}


def fuel_zero(eps: Array, c: Context) -> Shift:
    """The scale of the fuel is off by eps of its reading at the highest load: large where little is fed."""
    return {"fuel": _ln(1 + eps / np.where(c.share > 0, c.share, 1.0))}


def carbon_scale(eps: Array, _: Context) -> Shift:
    """The carbon of the fuel is taken (1 + eps) too high: sampling, basis, a default."""
    return {"carbon": _ln(1 + eps)}


def quality_scale(eps: Array, _: Context) -> Shift:
    """Carbon and heating value are both (1 + eps) too high: moisture or ash basis of the analysis mixed up."""
    return {"carbon": _ln(1 + eps), "ncv": _ln(1 + eps)}


def load_scale(eps: Array, _: Context) -> Shift:
    """The recorded load reads (1 + eps): no mass moves, flow to load and heat rates do."""
    return {"load": _ln(1 + eps)}


def bypass(eps: Array, _: Context) -> Shift:
    """A share eps of the gas leaves without passing the point."""
    return {"flow": _ln(1 - eps)}


def other_fuel(fc_ratio: Array, fd_ratio: Array) -> Shift:
    """Another fuel is burnt than is recorded: its Fc and Fd over those of the recorded one, per heat.

    At the same heat and O2 there is fd_ratio of the dry gas and fc_ratio of the CO2; Fo is Fd over Fc.
    """
    return {"co2": _ln(fc_ratio / fd_ratio), "flow": _ln(fd_ratio)}

"""Standard-state gas of one reading from its channels, with the numbers in the formulas. Pure."""

from __future__ import annotations

from cems.channels import Channel, Moisture
from reconcile.basis import needed_channels
from reconcile.explain.again import Again
from reconcile.explain.show import figure
from reconcile.explain.step import Check, Step
from reconcile.rulebooks.equations import hj75
from reconcile.rulebooks.equations.hj75 import Standard


def gas_steps(again: Again, position: int) -> tuple[Step, ...]:
    """Concentration and flow of a reading, each computed here from the channels and held against what was averaged.

    ``position`` counts the distinct readings of the stack. A channel that is not valid leaves no number.
    """
    standard = again.book.standard(again.parameters.fresh())
    return (_concentration(again, position, standard), _flow(again, position, standard))


def _value(again: Again, channel: Channel, position: int) -> float | None:
    checked = again.observed.checked
    return float(checked.readings.value(channel)[position]) if checked.valid(channel)[position] else None


def _concentration(again: Again, position: int, standard: Standard) -> Step:
    register, used = again.inputs.point.row_of(Channel.CO2), float(again.gas.concentration[position])
    basis, title = again.gas.route, "C, concentration"
    co2, moisture = (_value(again, channel, position) for channel in (Channel.CO2, Channel.MOISTURE))
    dried = register is not None and register.basis is Moisture.WET and basis == "dry"
    if co2 is None or (dried and moisture is None):
        return Step(title, None, f"mg/m3 {basis}, standard", about="a channel that it needs is not valid")
    share, text = co2, f"{figure(co2)} %"
    if dried and moisture is not None:
        share, text = float(hj75.to_dry(co2, moisture / 100.0)), f"{text} / (1 − {figure(moisture)} %)"
    now = float(hj75.mass_concentration(share * hj75.PPM_PER_PCT, standard))
    molar = f"{figure(standard.molar_mass_g)} / {figure(standard.molar_volume_l)} · 10⁴"
    source = "HJ 212-2017 App. D.2 eq. 20" + (", 19" if dried else "")
    return Step(title, used, f"mg/m3 {basis}, standard", f"{molar} · {text}", source=source, check=Check(used, now))


def _flow(again: Again, position: int, standard: Standard) -> Step:
    point, used = again.inputs.point, float(again.gas.flow[position])
    basis, title = again.gas.route, "Q, flow"
    channels = needed_channels(point)[1:]
    read = {channel: _value(again, channel, position) for channel in channels}
    if any(value is None for value in read.values()):
        return Step(title, None, f"m3/h {basis}, standard", about="a channel that it needs is not valid")
    known = {channel: value for channel, value in read.items() if value is not None}
    actual, text = known[channels[0]], f"{figure(known[channels[0]])} m3/h"
    if channels[0] is Channel.VELOCITY and point.area_m2 is not None:
        text = f"3600 · {figure(point.area_m2)} m2 · {figure(point.kv)} · {figure(actual)} m/s"
        actual = float(hj75.actual_flow(hj75.mean_velocity(actual, point.kv), point.area_m2))
    t, static, atmosphere = (known[c] for c in (Channel.TEMPERATURE, Channel.PRESSURE, Channel.BAROMETRIC))
    text += f" · {figure(standard.t_k)}/({figure(standard.t_k)} + {figure(t)})"
    text += f" · ({figure(atmosphere)} {'−' if static < 0 else '+'} {figure(abs(static))})/{figure(standard.p_pa)}"
    if basis == "dry":
        water = known[Channel.MOISTURE]
        now = hj75.dry_standard_flow(actual, t, static, atmosphere, water / 100.0, standard)
        text += f" · (1 − {figure(water)} %)"
    else:
        now = hj75.wet_standard_flow(actual, t, static, atmosphere, standard)
    source = "HJ 212-2017 App. D.2 eq. 29-31"
    return Step(title, used, f"m3/h {basis}, standard", text, source=source, check=Check(used, float(now)))

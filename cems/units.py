"""Units that devices give, and how each becomes the canonical unit of its channel. Pure."""

from __future__ import annotations

from typing import Final

from cems.channels import CHANNELS, Channel

Linear = tuple[float, float]
"""Scale and offset: ``canonical = given * scale + offset``."""

_FOOT_M: Final = 0.3048
_POUND_T: Final = 0.453_592_37e-3
_CO2_KG_PER_KMOL: Final = 44.0
_KMOL_NM3: Final = 22.4
"""As HJ 75 and HJ 76 count a ppm of CO2 into mg/m3: 12 % are 235 714.286 mg/m3."""

_BY_UNIT: Final[dict[str, dict[str, Linear]]] = {
    "%": {"ppm": (1e-4, 0.0), "fraction": (100.0, 0.0), "permille": (0.1, 0.0)},
    "m/s": {"ft/s": (_FOOT_M, 0.0), "ft/min": (_FOOT_M / 60, 0.0), "km/h": (1 / 3.6, 0.0)},
    "m3/h": {
        "m3/s": (3600.0, 0.0),
        "m3/min": (60.0, 0.0),
        "km3/h": (1000.0, 0.0),
        "acfm": (60 * _FOOT_M**3, 0.0),
        "acfh": (_FOOT_M**3, 0.0),
    },
    "degC": {"degF": (5 / 9, -160 / 9), "K": (1.0, -273.15)},
    "Pa": {
        "kPa": (1e3, 0.0),
        "hPa": (1e2, 0.0),
        "mbar": (1e2, 0.0),
        "bar": (1e5, 0.0),
        "mmHg": (133.322_387_415, 0.0),
        "inHg": (3386.388_640_341, 0.0),
        "mmH2O": (9.806_65, 0.0),
        "inH2O": (249.088_91, 0.0),
        "psi": (6894.757_293_168, 0.0),
    },
    "MW": {"kW": (1e-3, 0.0), "W": (1e-6, 0.0)},
    "t/h": {"kg/h": (1e-3, 0.0), "kg/s": (3.6, 0.0), "lb/h": (_POUND_T, 0.0), "klb/h": (1000 * _POUND_T, 0.0)},
}
_ONLY: Final[dict[Channel, dict[str, Linear]]] = {
    Channel.CO2: {"mg/m3": (100e-6 * _KMOL_NM3 / _CO2_KG_PER_KMOL, 0.0)},
}
"""Conversions that hold for one quantity: mg/m3 of CO2 in gas at the standard state of 0 degC and 101 325 Pa."""


def units_of(channel: Channel) -> tuple[str, ...]:
    """The units that a device may give for a channel, the canonical one first.

    A flow at a standard state (``Nm3/h``) is not among them: the channel is the flow at the state of the duct.
    """
    canonical = CHANNELS[channel].unit
    return (canonical, *_BY_UNIT.get(canonical, {}), *_ONLY.get(channel, {}))


def to_canonical(channel: Channel, unit: str) -> Linear:
    """How a value in that unit becomes the channel's; raises :class:`KeyError` for one that is not of the channel.

    *Source*: exact definitions of foot, pound, inch, standard gravity and the conventional mmHg (NIST SP 811 App. B.8);
    mg/m3 of CO2 as the tables of HJ 75 do, 44 g/mol and 22.4 L/mol.

    >>> scale, offset = to_canonical(Channel.TEMPERATURE, "degF")
    >>> round(212 * scale + offset, 9)
    100.0
    >>> round(235_714.286 * to_canonical(Channel.CO2, "mg/m3")[0], 6)
    12.0
    """
    canonical = CHANNELS[channel].unit
    if unit == canonical:
        return 1.0, 0.0
    return (_BY_UNIT.get(canonical, {}) | _ONLY.get(channel, {}))[unit]

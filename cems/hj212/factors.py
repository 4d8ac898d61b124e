"""Factor codes of HJ 212 and our channels: units, digits, data flags. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from cems.channels import CHANNELS, Channel
from cems.errors import WireError
from cems.flags import FLAGS, Flag
from cems.hj212.version import Version
from cems.units import to_canonical, units_of

Digits = tuple[int, int]
"""Digits before and after the point: N5.2 is (5, 2)."""

_UNITS: Final[dict[Channel, str]] = {
    Channel.CO2: "mg/m3",
    Channel.FLOW: "m3/s",
    Channel.PRESSURE: "kPa",
    Channel.BAROMETRIC: "kPa",
}
"""Units on the wire that are not the channel's own. *Source*: HJ 212-2017 Appendix B [V]."""
_OLD: Final[dict[Channel, str]] = {
    Channel.CO2: "30",
    Channel.O2: "S01",
    Channel.VELOCITY: "S02",
    Channel.FLOW: "B02",
    Channel.TEMPERATURE: "S03",
    Channel.PRESSURE: "S08",
    Channel.MOISTURE: "S05",
}
"""Codes of HJ/T 212-2005. *Source*: China sheet C.7, and a public transcription of Appendix B that sets them beside the
new ones [V2]."""
_DIGITS_2017: Final[dict[Channel, Digits]] = {
    Channel.CO2: (3, 3),
    Channel.O2: (3, 1),
    Channel.VELOCITY: (5, 2),
    Channel.FLOW: (6, 1),
    Channel.TEMPERATURE: (3, 1),
    Channel.PRESSURE: (5, 3),
    Channel.BAROMETRIC: (5, 3),
    Channel.MOISTURE: (3, 1),
}
"""*Source*: HJ 212-2017 Appendix B: CO2, velocity, flow, pressure [V], the others from a public transcription [V2]."""
_DIGITS_2025: Final[dict[Channel, Digits]] = {
    **_DIGITS_2017,
    Channel.O2: (2, 2),
    Channel.VELOCITY: (2, 2),
    Channel.PRESSURE: (2, 3),
    Channel.MOISTURE: (3, 2),
}
"""*Source*: HJ 212-2025 Appendix B from public code [V2]; CO2 and atmospheric pressure there are not known to us."""
_COU_DECIMALS: Final = {Channel.FLOW: 0}
"""Decimals of an accumulated quantity: whole m3, tenths of a kg; no standard that we read says how many."""
_LETTERS: Final = frozenset(flag.value for flag, info in FLAGS.items() if info.origin == "device")


@dataclass(frozen=True, slots=True)
class Factor:
    """One quantity of the wire that is a channel of ours."""

    code: str
    """Code of HJ 212-2017 and HJ 212-2025."""
    old: str | None
    """Code of HJ/T 212-2005, where it had one; read, never written."""
    channel: Channel
    unit: str
    """Unit by the standard. Many loggers send another one; then the plant file says so."""
    digits: dict[Version, Digits]
    """Digits of its values by version."""


def _factor(channel: Channel, code: str) -> Factor:
    digits = {Version.V2017: _DIGITS_2017[channel], Version.V2025: _DIGITS_2025[channel]}
    digits[Version.V2005] = digits[Version.V2017]
    return Factor(code, _OLD.get(channel), channel, _UNITS.get(channel, CHANNELS[channel].unit), digits)


FACTORS: Final[dict[Channel, Factor]] = {
    channel: _factor(channel, info.hj212) for channel, info in CHANNELS.items() if info.hj212 is not None
}
"""Every channel that HJ 212 has a code for."""
_BY_CODE: Final[dict[str, Factor]] = {
    code: factor for factor in FACTORS.values() for code in (factor.code, factor.old) if code is not None
}


def factor_of(code: str) -> Factor | None:
    """The factor that a code names, new or old; None for one that is no channel of ours.

    >>> factor_of("a05001").channel, factor_of("S08").code, factor_of("a21026")
    (<Channel.CO2: 'co2'>, 'a01013', None)
    """
    return _BY_CODE.get(code)


def from_wire(channel: Channel, value: float, unit: str | None = None) -> float:
    """A value of the wire in the unit of its channel; ``unit`` where it is not the standard's.

    CO2 comes in mg/m3 of gas at the standard state (22.4 L/mol, 44 g/mol: HJ 212-2017 eq. 20 [V]) unless the platform
    and the plant agreed on ``%``. Raises :class:`WireError` for a unit that is none of the channel's, or a channel that
    HJ 212 has no code for.

    >>> from_wire(Channel.FLOW, 612.4), from_wire(Channel.PRESSURE, -0.120)
    (2204640.0, -120.0)
    >>> round(from_wire(Channel.CO2, 235_714.286), 6), from_wire(Channel.CO2, 12.0, "%")
    (12.0, 12.0)
    """
    scale, offset = _linear(channel, unit)
    return value * scale + offset


def to_wire(channel: Channel, value: float, unit: str | None = None) -> float:
    """A value in the unit of its channel as the wire has it; the inverse of :func:`from_wire`, with its errors.

    >>> round(to_wire(Channel.CO2, 12.0), 3)
    235714.286
    """
    scale, offset = _linear(channel, unit)
    return (value - offset) / scale


def _linear(channel: Channel, unit: str | None) -> tuple[float, float]:
    if channel not in FACTORS:
        raise WireError(f"HJ 212 has no code for {channel}")
    unit = FACTORS[channel].unit if unit is None else unit
    if unit not in units_of(channel):
        raise WireError(f"{unit!r} is no unit of {channel}: {', '.join(units_of(channel))}")
    return to_canonical(channel, unit)


def value_text(code: str, name: str, value: float, version: Version) -> str:
    """A value as the wire has it: rounded half away from zero to the decimals of its factor.

    Raises :class:`WireError` where it is not finite or too large for the digits of its factor. CO2 is not held to its
    three digits before the point: HJ 212-2017 has them, and 12 % are 235 714 mg/m3. Factors that are no channel of ours
    have three decimals and any size.

    >>> value_text("a01013", "Rtd", -0.1204, Version.V2025), value_text("a19001", "Avg", 6.25, Version.V2017)
    ('-0.120', '6.3')
    """
    factor = factor_of(code)
    whole, decimals = factor.digits[version] if factor else (None, 3)
    if name == "Cou":
        whole, decimals = None, _COU_DECIMALS.get(factor.channel, 1) if factor else 1
    if not abs(value) < 1e15:
        raise WireError(f"{code}-{name} = {value} cannot be sent")
    rounded = Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    if whole is not None and factor is not None and factor.channel is not Channel.CO2 and abs(rounded) >= 10**whole:
        raise WireError(f"{code}-{name} = {rounded} has more than the {whole} digits before the point that it may have")
    return str(abs(rounded) if rounded.is_zero() else rounded)


def flag_of_letter(letter: str | None) -> Flag:
    """The flag that a data flag of the wire is; D for a letter that HJ 212-2017 does not have, N for none.

    >>> flag_of_letter("T"), flag_of_letter("P"), flag_of_letter(None)
    (<Flag.OVER_RANGE: 'T'>, <Flag.FAULT: 'D'>, <Flag.NORMAL: 'N'>)
    """
    if letter is None:
        return Flag.NORMAL
    return Flag(letter) if letter in _LETTERS else Flag.FAULT

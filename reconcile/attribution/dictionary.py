"""The ratio dictionary: whether a ratio equals what a mix-up of units or bases makes, and what else fits as well."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from cems.errors import RuleError
from reconcile.parameters import Parameters

_COVER: Final = 2.0
"""Standard uncertainties within which a constant fits. *Source*: international facts E.5."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One mix-up."""

    key: str
    """Name; a power of -1 is marked ``/``."""
    factor: float
    """Observed over true mass [-]."""
    english: str
    """What was mixed up."""
    chinese: str
    """The same in Chinese."""
    half_width: float = 0.0
    """Half of the band of the factor, relative; 0 for an exact one."""
    events: frozenset[str] = frozenset({"service", "parameter"})
    """Kinds of events that bring it."""


@dataclass(frozen=True, slots=True)
class Match:
    """A constant that fits."""

    entry: Entry
    """The mix-up."""
    distance: float
    """ln of the ratio less ln of the constant, in standard uncertainties."""
    coincides: bool
    """The ratio stepped at an event that brings such a mix-up."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the dictionary says of a ratio."""

    ratio: float
    """The ratio looked up."""
    u: float
    """Standard uncertainty of its logarithm."""
    fits_one: bool
    """1 fits too: nothing needs to be mixed up."""
    matches: tuple[Match, ...]
    """All constants that fit, those with a coincident step first, then the nearest."""

    @property
    def claim(self) -> Match | None:
        """The one mix-up that the ratio shows; None where 1 fits, nothing fits, or several do and no event tells."""
        if self.fits_one or not self.matches:
            return None
        dated = [m for m in self.matches if m.coincides]
        return self.matches[0] if len(self.matches) == 1 or len(dated) == 1 else None


_CONSTANTS: Final = (
    ("ratio_20C_for_0C", "volume at 20 °C taken as volume at 0 °C", "20 °C 体积与 0 °C 体积混用"),
    ("ratio_short_ton", "short ton taken as tonne", "短吨与公吨混用"),
    ("ratio_co2_for_carbon", "carbon and CO2 mixed up", "碳与二氧化碳质量混用"),
    ("ratio_ft3_per_m3", "cubic foot and cubic metre mixed up", "立方英尺与立方米混用"),
    ("ratio_mmbtu_GJ", "mmBtu and GJ mixed up", "百万英热单位与吉焦混用"),
    ("ratio_atm_bar", "standard atmosphere and bar mixed up", "标准大气压与巴混用"),
    ("ratio_part75_k", "truncated constant of Part 75 equation F-11", "Part 75 公式 F-11 常数截断"),
    ("ratio_real_gas", "real and ideal density of CO2 mixed up", "二氧化碳实际密度与理想密度混用"),
    ("ratio_ncv_gcv_gas", "net and gross heating value of gas mixed up", "天然气低位与高位发热量混用"),
    ("ratio_seconds_hour", "seconds and hours mixed up", "秒与小时混用"),
    ("ratio_minutes_hour", "minutes and hours mixed up", "分钟与小时混用"),
    ("ratio_hours_day", "hours and days mixed up", "小时与天混用"),
    ("ratio_ppm_pct", "ppm and per cent mixed up", "ppm 与百分比混用"),
    ("ratio_thousand", "kilogram and tonne, or milligram and gram, mixed up", "千克与吨（或毫克与克）混用"),
    ("ratio_fahrenheit_step", "degrees Fahrenheit and Celsius mixed up", "华氏度与摄氏度混用"),
)


def entries_of(
    parameters: Parameters, water: float | None = None, bias_factor: float | None = None
) -> tuple[Entry, ...]:
    """The dictionary with each constant and its inverse; ``water`` (Bw, a fraction) and BAF add theirs where given.

    Raises :class:`RuleError` for a moisture outside 0 to below 1 or a bias factor that is not positive.
    *Source*: international facts E.5 [C].

    >>> from reconcile.parameters import load_parameters
    >>> [round(e.factor, 4) for e in entries_of(load_parameters())[:4]]
    [1.0732, 0.9318, 1.1023, 0.9072]
    """
    rows = [Entry(key, parameters.value(key), english, chinese) for key, english, chinese in _CONSTANTS]
    coal, half = parameters.value("ratio_ncv_gcv_coal"), parameters.value("ratio_ncv_gcv_coal_half")
    rows.append(
        Entry(
            "ratio_ncv_gcv_coal", coal, "net and gross heating value of coal mixed up", "煤低位与高位发热量混用",
            half / coal,
        )
    )  # fmt: skip
    if water is not None and math.isfinite(water):
        if not 0 <= water < 1:
            raise RuleError(f"moisture is a fraction of the wet gas, 0 to below 1 (found {water!r})")
        dry = 1 - water
        rows.append(Entry("dry_share", dry, "wet and dry gas mixed up once", "干湿基混用一次"))
        rows.append(Entry("dry_share_squared", dry**2, "wet and dry gas mixed up twice", "干湿基混用两次"))
    if bias_factor is not None:
        if not 0 < bias_factor < math.inf:
            raise RuleError(f"a bias adjustment factor is a positive number (found {bias_factor!r})")
        rata = frozenset({"rata", "parameter"})
        rows.append(
            Entry(
                "bias_factor", bias_factor, "bias factor applied twice or left out", "偏差修正系数重复或遗漏", 0.0, rata
            )
        )
    return tuple(one for row in rows for one in (row, _inverse(row)))


def look_up(ratio: float, u: float, entries: Iterable[Entry], step_events: Sequence[str] = ()) -> Answer:
    """All constants with distance of the logarithms below 2u; ``u`` is the standard uncertainty of ln ratio.

    ``step_events`` are the kinds of events at the date at which the ratio stepped: constants that such an event brings
    come first. A constant with a band counts as a rectangle (its half width over √3 is added to u). Raises
    :class:`RuleError` unless ratio and u are positive. *Source*: international facts E.5 [C].

    >>> from reconcile.parameters import load_parameters
    >>> book = entries_of(load_parameters())
    >>> look_up(1.1019, 0.004, book).claim.entry.key, [m.entry.key for m in look_up(1.07, 0.015, book).matches]
    ('ratio_short_ton', ['ratio_20C_for_0C', 'ratio_mmbtu_GJ', 'ratio_ncv_gcv_coal/', 'ratio_short_ton'])
    """
    if not (ratio > 0 and u > 0 and math.isfinite(ratio) and math.isfinite(u)):
        raise RuleError(f"a ratio and its uncertainty must be positive numbers (found {ratio!r} and {u!r})")
    found = []
    for entry in entries:
        wide = math.hypot(u, entry.half_width / math.sqrt(3))
        distance = (math.log(ratio) - math.log(entry.factor)) / wide
        if abs(distance) < _COVER:
            found.append(Match(entry, distance, bool(entry.events & set(step_events))))
    found.sort(key=lambda m: (not m.coincides, abs(m.distance), m.entry.key))
    return Answer(ratio, u, abs(math.log(ratio)) < _COVER * u, tuple(found))


def _inverse(entry: Entry) -> Entry:
    english, chinese = f"{entry.english}, the other way round", f"{entry.chinese}（反向）"
    return Entry(f"{entry.key}/", 1 / entry.factor, english, chinese, entry.half_width, entry.events)

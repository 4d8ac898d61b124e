"""The closed vocabulary of data flags: HJ 212-2017 letters in upper case, our own in lower case.

A flag stands beside a value and never changes it. Only ``N`` counts as a valid reading (HJ 212-2017 data flags;
``T`` keeps its value but does not enter an average).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Flag(StrEnum):
    """One letter that says what a reading is worth."""

    NORMAL = "N"
    STOPPED = "F"
    MAINTENANCE = "M"
    MANUAL = "S"
    FAULT = "D"
    CALIBRATION = "C"
    OVER_RANGE = "T"
    COMMUNICATION = "B"
    ABSENT = "x"
    BAD_VALUE = "v"
    IMPLAUSIBLE = "r"
    STUCK = "k"
    UNCHECKED = "u"
    OUT_OF_CONTROL = "o"
    SPIKE = "p"
    CLOCK = "c"


@dataclass(frozen=True, slots=True)
class FlagInfo:
    """What a flag means and what follows from it."""

    flag: Flag
    term: str
    """English term."""
    chinese: str
    """Chinese term, as HJ 212 prints it where it has one."""
    valid: bool
    """Whether a reading with this flag enters an average."""
    origin: str
    """Who sets it: ``device`` (HJ 212 letter), ``gateway`` (decoding) or ``check`` (validity checks)."""


_ROWS: Final = (
    FlagInfo(Flag.NORMAL, "normal", "正常", valid=True, origin="device"),
    FlagInfo(Flag.OVER_RANGE, "above range", "超量程", valid=False, origin="device"),
    FlagInfo(Flag.UNCHECKED, "check could not run", "检查未能执行", valid=False, origin="check"),
    FlagInfo(Flag.STUCK, "stuck", "恒值", valid=False, origin="check"),
    FlagInfo(Flag.IMPLAUSIBLE, "outside plausible range", "超出合理范围", valid=False, origin="check"),
    FlagInfo(Flag.SPIKE, "spike", "突变", valid=False, origin="check"),
    FlagInfo(Flag.CLOCK, "clock not trusted", "时钟异常", valid=False, origin="check"),
    FlagInfo(Flag.OUT_OF_CONTROL, "out of control", "失控", valid=False, origin="check"),
    FlagInfo(Flag.BAD_VALUE, "bad-value code", "坏值码", valid=False, origin="gateway"),
    FlagInfo(Flag.MANUAL, "manually set", "手工设定", valid=False, origin="device"),
    FlagInfo(Flag.CALIBRATION, "calibrating", "校准", valid=False, origin="device"),
    FlagInfo(Flag.MAINTENANCE, "maintenance", "维护", valid=False, origin="device"),
    FlagInfo(Flag.FAULT, "device fault", "设备故障", valid=False, origin="device"),
    FlagInfo(Flag.COMMUNICATION, "communication fault", "通讯故障", valid=False, origin="device"),
    FlagInfo(Flag.STOPPED, "source stopped", "停运", valid=False, origin="device"),
    FlagInfo(Flag.ABSENT, "no such instrument here", "未安装", valid=False, origin="gateway"),
)

FLAGS: Final[dict[Flag, FlagInfo]] = {row.flag: row for row in _ROWS}
"""Every flag with its meaning, in order of precedence: of two flags on one reading the later in this table stands."""

_PRECEDENCE: Final = {flag: rank for rank, flag in enumerate(FLAGS)}


def worse(a: Flag, b: Flag) -> Flag:
    """The flag that stands when both apply to one reading (the one precedence rule of the house).

    >>> worse(Flag.NORMAL, Flag.CALIBRATION)
    <Flag.CALIBRATION: 'C'>
    """
    return a if _PRECEDENCE[a] >= _PRECEDENCE[b] else b

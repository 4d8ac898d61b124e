"""Anomalies in plain words, English and Chinese, and what they may be worth."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, NamedTuple

from cems.errors import RuleError
from reconcile.allocation.exposure import Price
from reconcile.anomaly import Anomaly

Language = Literal["en", "zh"]


class Words(NamedTuple):
    """What a kind is called and means."""

    english: str
    """A sentence; ``{channel}`` stands for where it shows."""
    chinese: str
    """The same in Chinese."""


TEXTS: Final[dict[str, Words]] = {
    "impossible-readings": Words(
        "{channel} shows values that cannot be, sent as if they were measured.",
        "{channel}以正常标记上传了不可能的数值。",
    ),
    "stuck": Words(
        "{channel} repeats one value to the last digit while the plant runs.",
        "机组运行期间{channel}数值恒定不变。",
    ),
    "nearly-stuck": Words(
        "{channel} moves far more slowly than it used to, as behind a heavy filter.",
        "{channel}变化明显迟缓，疑似过度滤波。",
    ),
    "variance-collapse": Words(
        "{channel} has lost the noise that its instrument makes.",
        "{channel}噪声消失，低于仪器固有噪声。",
    ),
    "variance-growth": Words(
        "{channel} is much noisier than it used to be.",
        "{channel}噪声明显增大。",
    ),
    "too-good": Words(
        "{channel} is better than the instrument can be, and no check interrupts it.",
        "{channel}数据优于仪器能力，且无校准过程，疑似人为生成。",
    ),
    "no-calibration": Words(
        "The daily checks with gas no longer show in the status.",
        "状态标记中不再出现每日校准。",
    ),
    "clipped-high": Words(
        "{channel} is cut off at the top: peaks end at one value.",
        "{channel}高值被截断，峰值均停在同一数值。",
    ),
    "edited-top": Words(
        "The highest readings of {channel} crowd just below one value: what lay above was written anew.",
        "{channel}的高值密集于某一数值以下，疑似超限数据被改写。",
    ),
    "clipped-low": Words(
        "{channel} is cut off at the bottom: valleys end at one value.",
        "{channel}低值被截断，谷值均停在同一数值。",
    ),
    "spikes": Words(
        "{channel} jumps for single minutes, again and again, in readings that are said to be measured.",
        "{channel}反复出现分钟级跳变，且标记为正常测量。",
    ),
    "replayed": Words(
        "Readings of CO2 and O2 repeat earlier ones minute by minute, to the last digit.",
        "二氧化碳和氧含量逐分钟重复早前数据，完全一致。",
    ),
    "cloned": Words(
        "Readings of CO2 and O2 are those of another point, to the last digit.",
        "二氧化碳和氧含量与另一监测点数据完全一致。",
    ),
    "digits": Words(
        "The last digits of {channel} are not spread as they were: rounding, or a wrong conversion.",
        "{channel}末位数字分布异常，可能存在修约或换算错误。",
    ),
    "missing-messages": Words(
        "Minutes are missing day after day.",
        "每日均有分钟数据缺失。",
    ),
    "doubled-messages": Words(
        "Minutes come more than once, day after day.",
        "每日均有分钟数据重复。",
    ),
    "stopped-at-load": Words(
        "A cabinet says that the source stands still while the unit carries load.",
        "机组带负荷运行时，监测设备标记为停运。",
    ),
    "flags-follow-load": Words(
        "Maintenance and faults are flagged when the load is high.",
        "维护、故障标记集中出现在高负荷时段。",
    ),
    "bypass-open": Words(
        "The damper of the bypass says that it is open while the unit carries load.",
        "机组带负荷运行时旁路挡板处于开启状态。",
    ),
    "clock-shift": Words(
        "The flow comes earlier or later behind the load than it used to: a clock was moved.",
        "流量相对负荷的时间滞后发生变化，时钟可能偏移。",
    ),
    "clock-shift-gas": Words(
        "The CO2 comes earlier or later behind the load than it used to: a clock was moved.",
        "二氧化碳相对负荷的时间滞后发生变化，时钟可能偏移。",
    ),
    "above-saturation": Words(
        "The moisture behind the wet scrubber lies higher against saturation than it used to.",
        "湿法脱硫后含湿量相对饱和值偏高。",
    ),
    "below-saturation": Words(
        "The moisture behind the wet scrubber lies lower against saturation than it used to.",
        "湿法脱硫后含湿量相对饱和值偏低。",
    ),
    "calibration-phase": Words(
        "{channel} is off in the hours after the daily check and comes back later.",
        "{channel}在每日校准后的数小时内偏离，随后恢复。",
    ),
    "daily-wave": Words(
        "{channel} swings with the time of day as it did not before.",
        "{channel}出现新的昼夜周期变化。",
    ),
    "load-dependent": Words(
        "{channel} is off by an amount that depends on the load.",
        "{channel}的偏差随负荷变化。",
    ),
    "fan-state": Words(
        "{channel} is off with one combination of fans and dampers.",
        "{channel}在特定风机或挡板组合下出现偏差。",
    ),
    "level-shift": Words(
        "{channel} has moved to another level and stays there.",
        "{channel}发生阶跃并维持在新水平。",
    ),
    "drift": Words(
        "{channel} drifts away.",
        "{channel}持续漂移。",
    ),
    "account-shift": Words(
        "{channel} has moved to another level in the fuel and laboratory records.",
        "燃料及化验记录中{channel}发生阶跃。",
    ),
    "check-time": Words(
        "The daily checks come at another time of day: a clock or a program was changed.",
        "每日校准时刻改变，时钟或程序被调整。",
    ),
    "check-times-apart": Words(
        "The daily checks of flow and gas are farther apart in time than they used to be: two clocks disagree.",
        "流量与气体每日校准的时间间隔改变，两套时钟不一致。",
    ),
    "account-repeated": Words(
        "Laboratory results of some days before stand in the books again, in the same order.",
        "化验结果与若干天前的结果按相同顺序重复入账。",
    ),
    "account-drift": Words(
        "{channel} drifts in the fuel and laboratory records.",
        "燃料及化验记录中{channel}持续漂移。",
    ),
}
"""By kind; those of the monthly checks, ``account-…``, stand in :data:`MONTHLY`."""
MONTHLY: Final[dict[str, Words]] = {
    "identical-carbon": Words("the same carbon in several months", "多个月份元素碳完全相同"),
    "carbon-per-heat": Words("carbon that does not fit its heating value", "元素碳与低位发热量不匹配"),
    "constant-moisture": Words("a total moisture that never changes", "全水分长期不变"),
    "round-numbers": Words("round amounts of fuel", "燃料消耗量为整数"),
    "last-digits": Words("last digits that are not evenly spread", "末位数字分布不均匀"),
    "benford": Words("first digits that do not follow Benford's law", "首位数字不符合本福特定律"),
    "duplicate-report": Words("one laboratory report for several samples", "同一检测报告对应多个样品"),
    "late-report": Words("a laboratory report that came too late", "检测报告超期"),
    "coal-against-feeders": Words("coal burnt that is not what the feeders counted", "燃煤消耗量与给煤机计量不符"),
    "coal-against-stock": Words("coal burnt that does not fit purchases and stock", "燃煤消耗量与购入及库存变化不符"),
    "energy-balance": Words("less heat in the fuel than was put out", "燃料热量小于输出能量"),
    "heat-rate": Words("a heat rate away from the other months", "单位热耗偏离其他月份"),
    "sample-count": Words("too few or too many samples", "样品数量异常"),
    "sample-mass": Words("samples that do not stand for the fuel burnt", "样品代表量与消耗量不符"),
    "default-used": Words("default carbon where other months are measured", "其他月份有实测碳而采用缺省值"),
    "missing-fuel": Words("output without fuel", "有产出而无燃料记录"),
}
"""What the monthly checks of accounting data look for, by the name of the check with dashes."""
CHANNELS: Final[dict[str, Words]] = {
    "co2": Words("CO2", "二氧化碳"),
    "o2": Words("O2", "氧含量"),
    "velocity": Words("flow velocity", "烟气流速"),
    "temperature": Words("gas temperature", "烟气温度"),
    "pressure": Words("gas pressure", "烟气压力"),
    "moisture": Words("moisture", "烟气含湿量"),
    "load": Words("load", "负荷"),
    "status": Words("status", "状态标记"),
    "messages": Words("messages", "数据报文"),
    "account": Words("the account", "核算数据"),
    "rm": Words("monitored over accounted CO2", "监测与核算二氧化碳之比"),
    "rc": Words("CO2 against what O2 says of it", "二氧化碳与由氧含量推算值之比"),
    "ghr": Words("CO2 mass for the load", "单位负荷二氧化碳质量"),
    "ghr_o2": Words("heat by flow and O2 for the load", "由流量和氧含量推算的单位负荷热量"),
    "carbon_per_heat": Words("carbon per heat of the fuel", "燃料单位热值含碳量"),
    "heat_rate": Words("fuel heat per output", "单位产出燃料热耗"),
}
"""Channels and figures by name."""
_PER_CENT: Final = ("rm", "rc", "ghr", "ghr_o2", "carbon_per_heat", "heat_rate")
_UNITS: Final = {"temperature": " K", "pressure": " Pa", "velocity": " min", "co2": " min"}
"""Units of the sizes of other figures; of velocity and CO2 only a lag has one."""


def has_words(kind: str) -> bool:
    """Whether there are words for a kind of anomaly.

    >>> has_words("stuck"), has_words("account-benford"), has_words("nonsense")
    (True, True, False)
    """
    return kind in TEXTS or (kind.startswith("account-") and kind.removeprefix("account-") in MONTHLY)


def note(anomaly: Anomaly, language: Language = "en", offset_ms: int = 8 * 3_600_000) -> str:
    """An anomaly as a sentence or three: what, since when, how much; times in the plant's standard time.

    Raises :class:`RuleError` for a kind without words.

    >>> from reconcile.anomaly import Evidence
    >>> seen = Anomaly("stuck", "stack-1", "o2", 0, 0, 0, None, 3_600_000, float("nan"), (Evidence("run", 90, 60),))
    >>> note(seen)
    'stack-1: O2 repeats one value to the last digit while the plant runs. Since 1970-01-01 08:00, still so.'
    """
    what = _what(anomaly, language)
    parts = [what, _span(anomaly, language, offset_ms), _size(anomaly, language), _tonnes(anomaly, language)]
    told = [part for part in parts if part]
    return f"{anomaly.subject}: {' '.join(told)}" if language == "en" else f"{anomaly.subject}：{''.join(told)}"


def money_at_risk(anomaly: Anomaly, prices: Mapping[str, Price]) -> dict[str, float | None]:
    """What the tonnes of an anomaly are worth at each price [RMB], not signed; None without a price. An estimate.

    Every tonne counts as one allowance (:func:`reconcile.allocation.exposure.marginal` says where that is not so).

    >>> seen = Anomaly("drift", "stack-1", "rm", 0, 0, 0, None, 0, -0.03, (), tonnes=-100.0)
    >>> money_at_risk(seen, {"mid": Price(97.49, "close of 2024"), "high": Price(None, "not known")})
    {'mid': 9749.0, 'high': None}
    """
    tonnes = abs(anomaly.tonnes)
    return {name: None if p.rmb_per_t is None else tonnes * p.rmb_per_t for name, p in prices.items()}


def _what(anomaly: Anomaly, language: Language) -> str:
    place = 0 if language == "en" else 1
    monthly = MONTHLY.get(anomaly.kind.removeprefix("account-"))
    if anomaly.kind in TEXTS:
        channel = CHANNELS.get(anomaly.channel, Words(anomaly.channel, anomaly.channel))[place]
        what = TEXTS[anomaly.kind][place].format(channel=channel)
        small = what.startswith(channel) and anomaly.channel not in {"co2", "o2"}
        return what[0].upper() + what[1:] if small else what
    if monthly is None:
        raise RuleError(f"there are no words for anomalies of the kind {anomaly.kind!r}")
    return f"The monthly check of its records found {monthly[0]}." if place == 0 else f"月度数据核查发现{monthly[1]}。"


def _span(anomaly: Anomaly, language: Language, offset_ms: int) -> str:
    since = _time(anomaly.onset_ms, offset_ms)
    if anomaly.end_ms is None:
        return f"Since {since}, still so." if language == "en" else f"自{since}起，仍在持续。"
    end = _time(anomaly.end_ms, offset_ms)
    return f"From {since} to {end}." if language == "en" else f"{since}至{end}。"


def _size(anomaly: Anomaly, language: Language) -> str:
    if not math.isfinite(anomaly.size):
        return ""
    if anomaly.channel in _PER_CENT:
        size = f"{100 * anomaly.size:+.1f} %"
    elif anomaly.kind in {"above-saturation", "below-saturation"}:
        size = f"{100 * anomaly.size:+.0f} %"
    elif anomaly.channel == "moisture":
        size = f"{anomaly.size:+.1f} % H2O"
    elif anomaly.kind.startswith("clock-shift") or anomaly.channel in {"temperature", "pressure"}:
        size = f"{anomaly.size:+.0f}{_UNITS[anomaly.channel]}"
    else:
        size = f"{100 * anomaly.size:+.1f} %"
    return f"By {size}." if language == "en" else f"幅度{size}。"


def _tonnes(anomaly: Anomaly, language: Language) -> str:
    if not anomaly.tonnes:
        return ""
    tonnes = f"{anomaly.tonnes:+,.0f} t"
    return (
        f"CO2 at risk: {tonnes} (monitoring less truth)."
        if language == "en"
        else f"涉及二氧化碳{tonnes}（监测减真值）。"
    )


def _time(at_ms: int, offset_ms: int) -> str:
    return f"{datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=at_ms + offset_ms):%Y-%m-%d %H:%M}"

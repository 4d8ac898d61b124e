"""What an attribution says, in sentences: how monitoring stands to accounting, the causes, and what looks the same."""

from __future__ import annotations

import math
from dataclasses import dataclass

from reconcile.attribution.dictionary import Answer
from reconcile.attribution.observation import Observation
from reconcile.attribution.ranking import HEALTHY, NEW_CYLINDER, NO_CAUSE, Attribution, Cause
from reconcile.attribution.texts import TEXTS

_SHARE = 0.05
"""Causes below this posterior are not named."""
_COVER = 2.0
_NAMED = 5
"""So many constants are named at most."""


@dataclass(frozen=True, slots=True)
class Statement:
    """The same sentences in two languages."""

    english: tuple[str, ...]
    """English."""
    chinese: tuple[str, ...]
    """Chinese."""


def opening(found: Attribution) -> Statement:
    """Sentences: level and load dependence, then the first cause alone."""
    english, chinese = _level(found.seen)
    en, zh = _named(found.first, 0)
    return Statement((*english, en), (*chinese, zh))


def statement(found: Attribution) -> Statement:
    """Sentences: level and load dependence, then up to three causes with size, tonnes and first check, then groups.

    Where no cause is named that comes first, and the causes are candidates.
    """
    english, chinese = _level(found.seen)
    if not found.healthy and found.lead in {NO_CAUSE, NEW_CYLINDER}:
        text = TEXTS[found.lead]
        english.append(f"{text.english[0].upper()}{text.english[1:]}. {text.check_english} Candidates:")
        chinese.append(f"{text.chinese}。{text.check_chinese}候选原因：")
    for place, cause in enumerate(found.causes[:3]):
        if cause.posterior >= _SHARE or place == 0:
            en, zh = _named(cause, place)
            english.append(en)
            chinese.append(zh)
    for group in found.same:
        if found.first.name in group:
            english.append("Cannot be told apart here: " + "; ".join(TEXTS[n].english for n in group) + ".")
            chinese.append("据现有数据无法区分：" + "；".join(TEXTS[n].chinese for n in group) + "。")
    if found.dictionary is not None:
        more, more_zh = _constants(found.dictionary)
        english += more
        chinese += more_zh
    return Statement(tuple(english), tuple(chinese))


def _level(seen: Observation) -> tuple[list[str], list[str]]:
    english, chinese = [], []
    level, u = seen.seen("rm"), 100 * seen.u("rm")
    if math.isfinite(level):
        percent = 100 * math.expm1(level)
        more, more_zh = ("exceeds", "高") if percent >= 0 else ("falls short of", "低")
        against, against_zh = ("accounting", "核算量") if seen.standing else ("its reference", "参考期")
        english.append(f"Monitoring {more} {against} by {abs(percent):.1f} % (u = {u:.1f} %, k=1).")
        chinese.append(f"监测量比{against_zh}{more_zh} {abs(percent):.1f} %（标准不确定度 {u:.1f} %）。")
    slope, u_slope = seen.seen("rm@load"), seen.u("rm@load")
    if math.isfinite(slope) and abs(slope) > _COVER * u_slope:
        points = 1e4 / seen.top_load * math.exp(level)  # per cent of the account for each 100 units of load
        change, u = points * slope, points * u_slope
        verb, verb_zh = ("grows", "升高") if slope > 0 else ("falls", "降低")
        english.append(f"The ratio {verb} with load: {change:+.1f} % per 100 units of load (u = {u:.1f} %, k=1).")
        chinese.append(f"比值随负荷{verb_zh}：每 100 负荷单位 {change:+.1f} %（标准不确定度 {u:.1f} %）。")
    return english, chinese


def _constants(answer: Answer) -> tuple[list[str], list[str]]:
    """What the ratio dictionary says, where the ratio is not 1 for sure and a constant fits."""
    if not answer.matches:
        return [], []
    named = answer.matches[:_NAMED]
    words = "; ".join(f"{m.entry.factor:.4g} {m.entry.english}" for m in named)
    words_zh = "；".join(f"{m.entry.factor:.4g} {m.entry.chinese}" for m in named)
    if answer.claim is not None:
        return [f"The ratio is that of a mix-up: {words}."], [f"该比值与单位或基准混用一致：{words_zh}。"]
    why, why_zh = ("1 fits too", "1 也相符") if answer.fits_one else ("several fit", "多个常数相符")
    return (
        [f"Mix-ups that a ratio of {answer.ratio:.4f} does not rule out ({why}, none is claimed): {words}."],
        [f"比值 {answer.ratio:.4f} 未能排除的混用（{why_zh}，不作认定）：{words_zh}。"],
    )


def _named(cause: Cause, place: int) -> tuple[str, str]:
    text = TEXTS[cause.name]
    lead, lead_zh = ("Most probable", "最可能原因") if place == 0 else ("Then", "其次")
    size, size_zh = _size(cause)
    option = f" ({cause.option})" if cause.option else ""
    english = f"{lead} (p = {cause.posterior:.2f}): {text.english}{option}{size}."
    chinese = f"{lead_zh}（概率 {cause.posterior:.2f}）：{text.chinese}{option}{size_zh}。"
    if cause.name != HEALTHY:
        english += f" Check first: {text.check_english}"
        chinese += f"首先检查：{text.check_chinese}"
    return english, chinese


def _size(cause: Cause) -> tuple[str, str]:
    if not math.isfinite(cause.size):
        return "", ""
    scale, unit = (100.0, " %") if cause.unit == "-" else (1.0, f" {cause.unit}")
    low, middle, high = (scale * x for x in (cause.size_low, cause.size, cause.size_high))
    sides = {"monitoring": ("monitoring", "监测量"), "accounting": ("the account", "核算量"), "plant": ("", "")}
    side, side_zh = sides[cause.side]
    words = f", size {middle:+.1f}{unit} ({low:+.1f} to {high:+.1f})"
    words_zh = f"，大小 {middle:+.1f}{unit}（{low:+.1f} 至 {high:+.1f}）"
    if cause.tonnes:
        words += f", {side} {'too high' if cause.tonnes > 0 else 'too low'} by {abs(cause.tonnes):,.0f} t"
        words_zh += f"，{side_zh}{'偏高' if cause.tonnes > 0 else '偏低'} {abs(cause.tonnes):,.0f} t"
    return words, words_zh

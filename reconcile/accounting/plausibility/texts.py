"""The sentences of the checks, English and Chinese: what was seen, and what would clear it."""

from __future__ import annotations

from typing import Final

TEXTS: Final[dict[str, tuple[str, str, str, str]]] = {
    "identical_carbon": (
        "{unit}, {fuel}: the measured carbon is the same to the last digit in {months} ({found}).",
        "{unit}，{fuel}：{months} 的元素碳实测值完全相同（{found}）。",
        "The original reports of each month with their sample numbers, and proof that each month was sampled.",
        "提供各月原始检测报告及样品编号，并证明各月均单独采样。",
    ),
    "carbon_per_heat": (
        "{unit} {months}, {fuel}: carbon over net calorific value is {found}, outside {limit}.",
        "{unit} {months}，{fuel}：单位热值含碳量为 {found}，超出 {limit}。",
        "Carbon, heating value and moisture of the same sample on the same basis, from the original report.",
        "提供同一样品、同一基准的元素碳、低位发热量和水分原始报告。",
    ),
    "constant_moisture": (
        "{unit}, {fuel}: {found} in {months}; total moisture varies from day to day.",
        "{unit}，{fuel}：{months} 全水分不变（{found}）；全水分通常逐日变化。",
        "The weighing records of the moisture tests of these days.",
        "提供这些日期全水分测定的称量原始记录。",
    ),
    "round_numbers": (
        "{unit} {months}, {fuel}: the amount burnt is a round number, {found}.",
        "{unit} {months}，{fuel}：消耗量为整数 {found}。",
        "The belt-scale or meter readings from which the amount was added up.",
        "提供消耗量汇总所依据的皮带秤或流量计读数。",
    ),
    "last_digits": (
        "{what}: the last digits are not evenly spread ({found}; limit {limit}).",
        "{what_zh}：末位数字分布不均匀（{found}；限值 {limit}）。",
        "The readings as the instrument gave them, and the rounding that was used.",
        "提供仪器原始读数及所用修约方法。",
    ),
    "benford": (
        "The first digits of the amounts burnt do not follow Benford's law ({found}; limit {limit}).",
        "消耗量首位数字不符合本福特定律（{found}；限值 {limit}）。",
        "The ledgers behind the amounts; a law of averages alone proves nothing.",
        "提供消耗量台账；统计规律本身不构成证据。",
    ),
    "duplicate_report": (
        "{what} {number} stands with several samples: {found}.",
        "{what_zh} {number} 对应多个样品：{found}。",
        "The report itself, checked with the laboratory by its verification code.",
        "提供该报告原件，并以验证码向检测机构核实。",
    ),
    "late_report": (
        "{unit} {months}: report {number} was issued on {found}; {rule}.",
        "{unit} {months}：报告 {number} 签发日期为 {found}；{rule_zh}。",
        "Proof of when the sample was received and the report issued, from the laboratory.",
        "由检测机构提供收样和签发时间证明。",
    ),
    "coal_against_feeders": (
        "{unit} {months}, {fuel}: burnt and fed differ by {found}, limit {limit}.",
        "{unit} {months}，{fuel}：消耗量与给煤机累计量相差 {found}，限值 {limit}。",
        "Calibration of belt scale and feeders, and the hours in which either did not count.",
        "提供皮带秤和给煤机校准记录及停计时段说明。",
    ),
    "coal_against_stock": (
        "{unit} {months}, {fuel}: burnt and purchases with stock change differ by {found}, limit {limit}.",
        "{unit} {months}，{fuel}：消耗量与购入及库存变化相差 {found}，限值 {limit}。",
        "The stock survey with its density, delivery notes, and moisture of deliveries.",
        "提供盘煤记录（含堆密度）、入厂煤单据及其水分。",
    ),
    "energy_balance": (
        "{unit} {months}: the fuel brought {found}, less than the {limit} that were put out.",
        "{unit} {months}：燃料热量 {found}，小于输出能量 {limit}。",
        "Meter readings of generation and heat, weighing and heating value of all fuels of the month.",
        "提供当月发电量、供热量、各种燃料计量及热值记录。",
    ),
    "heat_rate": (
        "{unit} {months}: fuel heat per generation lies {found} from what its load and other months suggest, "
        "limit {limit}.",
        "{unit} {months}：单位发电量燃料热耗与负荷及历史水平相差 {found}，限值 {limit}。",
        "What was different in the month: load, overhaul, coal, heat supply; or the weighing and heating values.",
        "说明当月负荷、检修、煤质、供热等变化，或提供计量和热值记录。",
    ),
    "sample_count": (
        "{unit} {months}, {fuel}: {found} daily samples, {limit}.",
        "{unit} {months}，{fuel}：日样 {found} 个，{limit_zh}。",
        "The sampling record of each day, and the days on which the unit stood still.",
        "提供逐日采样记录及停机日期。",
    ),
    "sample_mass": (
        "{unit} {months}, {fuel}: samples stand for {found} of the fuel burnt, limit {limit}.",
        "{unit} {months}，{fuel}：样品所代表量与消耗量之比相差 {found}，限值 {limit}。",
        "Which coal each sample stands for, with the weighing.",
        "说明各样品所代表的煤量及计量依据。",
    ),
    "default_used": (
        "{unit} {months}, {fuel}: no measured carbon, though other months have it; the default holds ({found}).",
        "{unit} {months}，{fuel}：其他月份有实测元素碳，本月采用缺省值（{found}）。",
        "Why there was no sample, or the report of the month.",
        "说明未检测原因，或补充当月检测报告。",
    ),
    "missing_fuel": (
        "{unit} {months}: {found}, but no fuel burnt stands in the records.",
        "{unit} {months}：{found_zh}，但无燃料消耗记录。",
        "The fuel record of the month, or proof of where the output came from.",
        "补充当月燃料记录，或说明产出来源。",
    ),
}
"""By check: seen (English, Chinese), what would clear it (English, Chinese)."""

_MORE: Final = ("Give these records and the check runs.", "补充相应记录后即可检查。")
_NONE: Final = ("Nothing is wanted; the data are too few for this check.", "无需补充；数据量不足以进行该检查。")
CANNOT: Final[dict[str, tuple[str, str, str, str]]] = {
    "few": (
        "The check needs {needed} figures and there are {n}.",
        "检查需要 {needed} 个数据，现有 {n} 个。",
        *_NONE,
    ),
    "span": (
        "Benford's law holds for amounts of many sizes; the largest is only {ratio} times the smallest, "
        "{needed} needed.",
        "本福特定律适用于跨度大的数据；最大值仅为最小值的 {ratio} 倍，需要 {needed} 倍。",
        *_NONE,
    ),
    "no_reports": (
        "{unit}: no laboratory report with a date of issue is given for {lacking}.",
        "{unit}：{lacking} 未提供带签发日期的检测报告。",
        *_MORE,
    ),
    "no_carbon": (
        "{unit}: {lacking} have no carbon and heating value of one sample on the same basis.",
        "{unit}：{lacking} 无同一样品的元素碳和低位发热量。",
        *_MORE,
    ),
    "no_moisture": ("No sample has a total moisture.", "样品均无全水分数据。", *_MORE),
    "no_samples": ("There are no {what}.", "无{what_zh}。", *_MORE),
    "no_feeders": ("{unit}: no feeder totals are given.", "{unit}：未提供给煤机累计量。", *_MORE),
    "no_stock": ("{unit}: no stock takes are given.", "{unit}：未提供盘煤数据。", *_MORE),
    "no_use": (
        "{unit} {lacking}: there is no amount burnt to hold it against.",
        "{unit} {lacking}：无对应消耗量。",
        *_MORE,
    ),
    "few_months": (
        "{unit}: a history needs {needed} months with fuel heat and generation, and there are {n}.",
        "{unit}：热耗历史需要 {needed} 个月的燃料热量和发电量，现有 {n} 个月。",
        *_MORE,
    ),
    "no_output": ("No output is given for any unit.", "未提供任何机组的产量。", *_MORE),
}
"""By reason: why a check could not run (English, Chinese), what would let it (English, Chinese)."""

"""The sentences of the findings, English and Chinese, by kind; ``{…}`` are filled by ``reconcile.comparison.facts``."""

from __future__ import annotations

from typing import Final

TEXTS: Final[dict[str, tuple[str, str]]] = {
    "difference": (
        "{period} ({basis}): monitoring is {size:.2f} % {side} accounting, {tonnes:,.0f} t.{reading}",
        "{period}（{basis_zh}）：监测值比核算值{side_zh} {size:.2f} %，即 {tonnes:,.0f} t。{reading_zh}",
    ),
    "beyond-uncertainty": (
        "{period} ({basis}): the difference exceeds its expanded uncertainty U = {expanded:,.0f} t (k=2): "
        "E_n = {e_n:.2f}. Most likely one of the two sides has an error that its stated uncertainty does not cover.",
        "{period}（{basis_zh}）：差值超出扩展不确定度 U = {expanded:,.0f} t（k=2）：E_n = {e_n:.2f}。"
        "很可能有一方存在其所述不确定度未覆盖的误差。",
    ),
    "daily-difference": (
        "On {days} days in a row monitoring lies {limit:g} % or more {side} accounting (mean {mean:+.1f} %).",
        "连续 {days} 天监测值比核算值{side_zh} {limit:g} % 及以上（平均 {mean:+.1f} %）。",
    ),
    "load-dependence": (
        "{statement} A difference that depends on load points to the flow measurement (velocity-field coefficient, "
        "flow profile) rather than to the carbon of the fuel.",
        "监测与核算之比随负荷{verb_zh}：每 100 MW 变化 {change:+.2f} %（u = {u:.2f} %，k=1）。"
        "随负荷变化的差异多指向流量测量（速度场系数、流场分布），而非燃料含碳量。",
    ),
    "cause": ("{said}", "{said_zh}"),
    "capture": (
        "Valid-data capture is {rate:.1f} %, below {limit:g} % ({valid} valid of {operating} hours not stopped)."
        "{reading}",
        "有效数据捕集率为 {rate:.1f} %，低于 {limit:g} %（非停运 {operating} 小时，有效 {valid} 小时）。{reading_zh}",
    ),
    "no-valid-hour": (
        "No operating hour of the period has {minutes:g} valid minutes, so there is no total by rule.{reading}",
        "本期没有任何运行小时达到 {minutes:g} 个有效分钟，无法按规则给出总量。{reading_zh}",
    ),
    "unfilled-hours": (
        "{hours} hours that are not known to be stopped have neither a measurement nor a fill; they are missing from "
        "the monitored total: {tonnes:,.0f} t, if the source ran in all of them at the mean of the valid hours.",
        "{hours} 个未确认停运的小时既无测量值也未填补，未计入监测总量；若全部按有效小时均值运行，约 {tonnes:,.0f} t。",
    ),
    "minute-products": (
        "In {hours} valid hours the product of the hourly means differs from the mean of the minute products by more "
        "than {limit:g} % (largest {largest:.1f} %): concentration and flow move together within the hour.",
        "{hours} 个有效小时中，小时均值之积与分钟乘积均值之差超过 {limit:g} %（最大 {largest:.1f} %）："
        "小时内浓度与流量同步变化。",
    ),
    "missing-sequences": (
        "{missing} of {expected} scans that the gateways numbered are not in the database: {lost} proven lost, "
        "{waiting} waiting in a gateway's spool, {unknown} not known.",
        "网关编号的 {expected} 条记录中有 {missing} 条不在数据库中：{lost} 条确认丢失，{waiting} 条仍在网关缓存中，"
        "{unknown} 条去向不明。",
    ),
    "quarantine": (
        "{n} messages could not be read while these readings came in; they are kept in quarantine with their bytes.",
        "接收这些读数期间有 {n} 条报文无法解析，已连同原始字节隔离保存。",
    ),
    "duplicate-instants": (
        "{n} scans repeat the instant of an earlier one; the first of each instant counts.",
        "{n} 条记录与先前记录时刻重复，每一时刻以首条为准。",
    ),
    "configurations": (
        "The readings were made under {n} different configurations of the gateway or plant file.",
        "读数产生期间网关或企业配置共有 {n} 个版本。",
    ),
    "stuck": (
        "{channel} stood still for {hours:.1f} h ({n} identical readings) while the source ran; these readings do not "
        "count.",
        "{channel_zh}在运行期间恒值 {hours:.1f} 小时（{n} 个相同读数），不计入有效数据。",
    ),
    "out-of-range": (
        "{n} readings of {channel} lie below the range in the plant file and do not count.",
        "{channel_zh}有 {n} 个读数低于配置量程，不计入有效数据。",
    ),
    "above-range": (
        "{n} readings of {channel} lie above the range in the plant file and do not count.",
        "{channel_zh}有 {n} 个读数超过配置量程，不计入有效数据。",
    ),
    "unchecked": (
        "{n} readings of {channel} are called normal but hold no value; they could not be checked and do not count.",
        "{channel_zh}有 {n} 个读数标记为正常但无数值，无法检查，不计入有效数据。",
    ),
    "calibration-share": (
        "{share:.1f} % of the readings while the source ran are flagged calibration or maintenance, above {limit:g} %.",
        "运行期间 {share:.1f} % 的读数标记为校准或维护，超过 {limit:g} %。",
    ),
    "out-of-service": (
        "The stack instruments were out of service for {hours:.1f} h ({flags}).",
        "烟气监测仪器停用 {hours:.1f} 小时（{flags_zh}）。",
    ),
    "stopped-at-load": (
        "{hours} hours are flagged stopped while the load says that the source ran (mean {load:.0f} MW). They count as "
        "stopped in the capture and in the total, which lacks about {tonnes:,.0f} t by their load.",
        "{hours} 个小时标记为停运，但负荷显示机组在运行（平均 {load:.0f} MW）。这些小时按停运计入捕集率和总量，"
        "按负荷估算总量少计约 {tonnes:,.0f} t。",
    ),
    "no-readings": (
        "No reading of the stack for {hours} h.",
        "{hours} 小时无烟气读数。",
    ),
    "more-gaps": (
        "{n} further gaps without any reading of the stack, {hours} h in all; the hour table shows them.",
        "另有 {n} 段无烟气读数，共 {hours} 小时，详见小时表。",
    ),
    "no-fuel-records": (
        "There are no fuel records of {units} in the period: nothing to hold monitoring against.",
        "本期没有 {units} 的燃料记录，无法与监测值比较。",
    ),
    "fuel-days": (
        "{days} days with operating hours have no fuel record of every unit: the account lacks their fuel, and the "
        "comparison by rule leaves them out. A unit that stood still needs a record of 0 t.",
        "{days} 个运行日缺少机组燃料记录：核算总量未含其燃料，按规则比对时予以剔除。停运机组须填报 0 t。",
    ),
    "days-left-out": (
        "By rule {n} of {of} days are compared. Left out: {fuel} without a fuel record of every unit, {open} with an "
        "hour neither measured nor filled.",
        "按规则比对 {of} 日中的 {n} 日；剔除：{fuel} 日缺少机组燃料记录，{open} 日存在既未测得也未填补的小时。",
    ),
    "not-coal": (
        "{unit} {month} {fuel}: counted with the oxidation factor of coal ({oxidation:g}){carbon}. If it is not coal, "
        "these {tonnes:,.0f} t are wrong.",
        "{unit} {month} {fuel}：按燃煤碳氧化率（{oxidation:g}）{carbon_zh}计算；若非燃煤，此 {tonnes:,.0f} t 有误。",
    ),
    "carbon-fallback": (
        "{unit} {month} {fuel}: {basis}.",
        "{unit} {month} {fuel}：部分或全部日期无化验样品，含碳量按替代值计（{basis}）。",
    ),
    "default-carbon": (
        "With default carbon{heat} the account would be {co2:,.0f} t, {size:+.1f} % against laboratory carbon: what "
        "missing samples would change.",
        "若采用缺省含碳量{heat_zh}，核算值为 {co2:,.0f} t，相对实测 {size:+.1f} %：即缺少化验数据的影响。",
    ),
    "default-uncertainty": (
        "The uncertainties are defaults chosen by this project from published ranges, not figures of these instruments "
        "and this laboratory: U, E_n and the verdict are only as good as they are.",
        "不确定度采用本项目依据公开文献选取的缺省值，并非本厂仪器与实验室的实际值；U、E_n 及结论仅在此前提下成立。",
    ),
    "unverified-parameters": (
        "{n} figures of rules and guidelines in this result were not read in the official text: {keys}. Confirm them "
        "before the report leaves the company.",
        "本结果使用的 {n} 个规则参数未经官方文本核实：{keys}。对外报送前请予确认。",
    ),
}

SIDES = {
    "above": (
        "above",
        "偏高",
        " Monitoring above accounting may be under-reporting of fuel or carbon (a compliance risk), or a flow "
        "measurement that reads high.",
        "监测高于核算：可能为燃料或含碳量少报（合规风险），也可能是流量偏差。",
    ),
    "below": (
        "below",
        "偏低",
        " Accounting above monitoring is usually a flow bias or default carbon: possibly more is surrendered than is "
        "due.",
        "核算高于监测：多为流量偏差或采用缺省含碳量，可能多履约。",
    ),
}
"""Word, 中文, and what the sign may mean in both languages."""

BASIS = {"by_rule": ("by rule", "按规则"), "matched_readings": ("matched readings", "同时刻读数")}

"""Causes in words, English and Chinese: what is wrong, and what a technician should check first."""

from __future__ import annotations

from typing import Final

from reconcile.attribution.text import Text
from reconcile.attribution.texts_data import TEXTS as OF_DATA

TEXTS: Final[dict[str, Text]] = {
    "flow-scale": Text(
        "the flow meter reads off by a constant factor",
        "流量计读数存在固定比例偏差",
        "Compare Kv, area and factors in analyser, logger and control system with the RATA report; traverse.",
        "核对分析仪、数采仪与 DCS 中的速度场系数、烟道截面积及系数是否与比对报告一致；并做断面流速比对。",
    ),
    "bias-factor": Text(
        "the flow moved at a comparison: its factor was applied twice, or left out",
        "比对后流量发生阶跃：修正系数重复使用或未使用",
        "Compare the factor of the comparison report with what is typed in, and count how often it is applied.",
        "核对比对报告的修正系数与设置值，检查是否重复或遗漏。",
    ),
    "flow-load-bias": Text(
        "the flow meter is biased by an amount that depends on load (profile or swirl)",
        "流量测量偏差随负荷变化（流场畸变或旋流）",
        "Traverse the section at low, middle and high load; look for swirl; fit Kv by load.",
        "在低、中、高负荷分别进行断面流速比对，检查旋流，按负荷重新确定速度场系数。",
    ),
    "path-loss": Text(
        "a sound path of the flow meter is lost at times: spikes, and a biased flow",
        "超声波流量计声道间歇失效，出现尖峰并造成流量偏差",
        "Look at the gain and signal quality of each path; clean the transducers.",
        "检查各声道增益与信号质量，清洁换能器。",
    ),
    "flow-fan-state": Text(
        "the flow meter is biased differently with another combination of fans or dampers",
        "流量测量偏差随风机或挡板组合变化",
        "Compare flow to load before and after a change of fans; traverse in each combination.",
        "对比风机切换前后的流量负荷比，并在各种风机组合下做断面比对。",
    ),
    "pitot-plugging": Text(
        "the pitot is plugging: the flow decays",
        "皮托管逐渐堵塞，流量读数下降",
        "Blow back both legs and see whether the flow recovers; check the purge cycle.",
        "对皮托管两侧反吹并观察流量是否恢复；检查反吹周期。",
    ),
    "flow-zero": Text(
        "the zero of the differential pressure cell is off",
        "差压变送器零点偏移",
        "Equalise both legs and read the zero; compare flow to load at low load.",
        "将两侧引压管平衡后读取零点；对比低负荷时的流量负荷比。",
    ),
    "temperature-bias": Text(
        "the gas thermometer reads wrong",
        "烟温测量偏差",
        "Compare with a second thermometer; check the sensor and its range.",
        "用第二支温度计比对；检查传感器及量程。",
    ),
    "pressure-bias": Text(
        "the gas pressure reads wrong, or gauge was taken for absolute",
        "烟气压力测量偏差，或表压与绝压混用",
        "Compare with the barometer at standstill; check gauge against absolute and the altitude.",
        "停机时与大气压力计比对；检查表压/绝压及海拔设置。",
    ),
    "bypass": Text(
        "gas leaves past the point through a bypass or a leak before it",
        "部分烟气经旁路或测点前漏点未被监测",
        "Look at the bypass damper and its seal; compare fan current and flow; walk the duct for leaks to the outside.",
        "检查旁路挡板及密封；对比引风机电流与流量；检查测点前烟道外漏。",
    ),
    "co2-analyser": Text(
        "the CO2 analyser reads off by a constant factor",
        "CO2 分析仪读数存在固定比例偏差",
        "Offer zero and a second span gas at the probe; check range setting and basis.",
        "从探头全程通入零气和另一瓶标准气；检查量程设置与干湿基。",
    ),
    "co2-span-drift": Text(
        "the span of the CO2 analyser drifts",
        "CO2 分析仪量程漂移",
        "Read the span check of the last weeks; look at lamp and cell; recalibrate with a verified cylinder.",
        "查看近几周量程漂移检查；检查光源与气室；用核验过的标准气重新校准。",
    ),
    "co2-zero": Text(
        "the zero of the CO2 analyser is off",
        "CO2 分析仪零点偏移",
        "Offer zero gas at the probe; check the zero gas itself for CO2.",
        "从探头通入零气；检查零气本身是否含 CO2。",
    ),
    "cylinder-mislabelled": Text(
        "the analyser was calibrated with a cylinder whose value is wrong",
        "校准所用标准气标称值错误",
        "Analyse the cylinder of that date against another certified one; check certificate and typed value.",
        "用另一瓶有证标准气核查该日更换的标准气；核对证书与录入值。",
    ),
    "co2-wrong-scale": Text(
        "CO2 is decoded on the wrong scale",
        "CO2 量程换算比例错误",
        "Check scale and resolution of the CO2 register against the analyser's display.",
        "核对 CO2 寄存器比例、分辨率与仪表显示。",
    ),
    "flow-wrong-scale": Text(
        "velocity or flow is decoded on the wrong scale",
        "流速或流量换算比例错误",
        "Check scale and resolution of the flow register against the meter's display.",
        "核对流速（流量）寄存器比例、分辨率与仪表显示。",
    ),
    "o2-wrong-scale": Text(
        "O2 is scaled by a wrong power of ten",
        "氧含量量程换算差十的幂次",
        "Compare the scaling of O2 in analyser, logger and register map; no mass is touched.",
        "核对分析仪、数采仪与寄存器表中的氧量程换算（不影响排放量）。",
    ),
    "zero-gas": Text(
        "each daily check sets a wrong zero of CO2: its zero gas is not zero",
        "每日校零使 CO2 零点偏移：零气不纯",
        "Look at the zero gas, its filter and its certificate; compare CO2 right before and right after a check.",
        "检查零气、净化器与证书；对比校验前后的 CO2 读数。",
    ),
    "co2-branch-leak": Text(
        "air leaks into the branch of the CO2 analyser only",
        "仅 CO2 分析支路漏入空气",
        "Leak-test the line between the split and the CO2 analyser; offer span gas at the probe, then at the analyser.",
        "对分流点至 CO2 分析仪之间管路检漏；分别从探头和分析仪入口通标准气对比。",
    ),
    "o2-analyser": Text(
        "the O2 analyser reads wrong; the CO2 mass is not touched where CO2 is measured",
        "O2 分析仪读数偏差（CO2 为直接测量时不影响排放量）",
        "Offer span gas or air to the O2 analyser; compare with the boiler outlet.",
        "对 O2 分析仪通标准气或空气；与炉膛出口氧量比对。",
    ),
    "sample-leak": Text(
        "air leaks into the common sample line and thins the gas of both analysers",
        "公共采样管路漏入空气，稀释样气",
        "Offer span gas at probe and at analyser; leak-test line, filter and flange; compare O2 with the boiler.",
        "分别从探头和分析仪通标准气；对采样管、滤芯、探头法兰检漏；与炉膛出口氧量比对。",
    ),
    "sample-leak-varying": Text(
        "air leaks into the sample by an amount that changes with suction, temperature or time of day",
        "采样管路漏气，且随负压、温度或时段变化",
        "Compare leak and sample vacuum over a day; check pump, heating and fittings when cold and when hot.",
        "对比一天内漏气量与采样负压；在冷、热状态下检查泵、伴热与接头。",
    ),
    "after-calibration": Text(
        "CO2 is off after each calibration or zeroing and recovers: a valve does not seat, or the zero gas is wrong",
        "每次校准或调零后 CO2 偏差并逐渐恢复：阀门关闭不严或零气不合格",
        "Look at the hours after calibration; check solenoid valves, the calibration port and the zero gas.",
        "查看校准后数小时的读数；检查电磁阀、校准口与零气。",
    ),
    "inert-in-sample": Text(
        "water in the cells of a dry system, or nitrogen in the sample: all gases read low",
        "冷干法气室进水或样气混入氮气，各组分同时偏低",
        "Read cooler temperature and drain; look for water in the line; look for a purge or a nitrogen line left open.",
        "检查冷凝器温度与排水；查看管路积水；检查吹扫气或氮气管线是否未关。",
    ),
    "dilution-ratio": Text(
        "the ratio of the dilution system is off: all gases move together",
        "稀释采样比漂移，各组分同比例变化",
        "Check orifice, dilution air pressure and probe vacuum; offer span gas at the probe.",
        "检查音速小孔、稀释气压力与探头真空度；从探头通标准气。",
    ),
    "duct-in-leakage": Text(
        "air leaks into the duct before the point: more and thinner gas, the mass is right",
        "测点上游烟道漏风：烟气量增大、浓度降低，质量不变",
        "Nothing is wrong with the mass; look at air preheater seals and duct for the sake of the plant.",
        "排放量无误；可从节能角度检查空预器密封与烟道漏风。",
    ),
    "moisture-reading": Text(
        "the moisture reading is off",
        "烟气湿度测量偏差",
        "Compare with saturation at the gas temperature behind a wet FGD and with a condensation measurement.",
        "湿法脱硫后与饱和湿度比对，并用冷凝法实测湿度。",
    ),
    "moisture-left-out": Text(
        "wet flow is taken for dry flow: moisture is not taken off",
        "湿基流量被当作干基使用，未扣除水分",
        "Check the basis of flow and concentration in every step of the calculation.",
        "逐步核对流量与浓度计算中的干湿基。",
    ),
    "dried-twice": Text(
        "moisture is taken off twice",
        "水分被重复扣除",
        "Check the basis of flow and concentration in every step of the calculation.",
        "逐步核对流量与浓度计算中的干湿基。",
    ),
    "co2-basis": Text(
        "CO2 alone stands on the wrong basis, wet or dry",
        "仅 CO2 干湿基错误",
        "Check the basis of the CO2 channel in analyser, logger and plant file.",
        "核对分析仪、数采仪与配置文件中 CO2 的干湿基。",
    ),
    "gas-basis": Text(
        "CO2 and O2 both stand on the wrong basis, wet or dry",
        "CO2 与 O2 干湿基同时错误",
        "Check the basis of both gas channels in analyser, logger and plant file.",
        "核对分析仪、数采仪与配置文件中两种气体的干湿基。",
    ),
    "fuel-quantity": Text(
        "the recorded quantity of fuel is off (belt scale, stock, records)",
        "燃料消耗量记录偏差（皮带秤、库存或台账）",
        "Calibrate the belt scale with test weights; compare with feeders and stock; look at heat per MWh.",
        "用实物或砝码校验皮带秤；与给煤机、库存盘点比对；查看供电煤耗。",
    ),
    "fuel-drift": Text(
        "the recorded quantity of fuel drifts away (belt scale)",
        "燃料计量逐渐漂移（皮带秤）",
        "Calibrate the belt scale; compare its last calibrations; compare with the feeders.",
        "校验皮带秤并对比历次校验；与给煤机比对。",
    ),
    "fuel-zero": Text(
        "the zero of the fuel scale is off",
        "燃料计量零点偏移",
        "Run the empty belt and read the zero; compare scale and feeders at low load.",
        "空皮带运行读取零点；对比低负荷时皮带秤与给煤机。",
    ),
    "fuel-carbon": Text(
        "the carbon of the fuel is off while its heat is right",
        "燃料含碳量偏差而发热量正常",
        "Re-analyse kept samples for carbon; compare carbon per heat with earlier months; check the reported basis.",
        "复测留样元素碳；与往月单位热值含碳量比对；核对报告基准。",
    ),
    "fuel-basis": Text(
        "carbon and heating value of the fuel are off together (moisture or ash basis of the analysis)",
        "燃料含碳量与发热量同向偏差（收到基/干燥基等基准混用）",
        "Check as received, air-dried and dry basis of the laboratory report, and the moisture used to convert.",
        "核对化验报告收到基、空干基、干燥基及换算所用水分。",
    ),
    "fuel-default": Text(
        "a default carbon stands in for a measured one",
        "采用缺省含碳量而非实测值",
        "Look for missing laboratory reports in these days; ask for the measured carbon.",
        "查找该时段缺失的化验报告；补充实测含碳量。",
    ),
    "fuel-late": Text(
        "laboratory results are booked some days late: the days carry those of the days before",
        "化验结果滞后入账，当日记录为此前若干天的结果",
        "Hold the dates of sampling on the laboratory reports against the days of the books; rebook each result.",
        "将化验报告的采样日期与台账日期逐一核对；重新归入对应日期。",
    ),
    "fuel-switch": Text(
        "another fuel is burnt than is recorded",
        "实际燃料与记录不符",
        "Compare delivery notes and yard with the records of these days; look at Fo.",
        "核对该时段进厂煤票据、煤场与台账；查看 Fo 值。",
    ),
    "tonnage-unit": Text(
        "short tons and tonnes are mixed up in the fuel records",
        "燃料台账短吨与公吨混用",
        "Ask for the unit of the scale and of the records; compare with a weighed delivery.",
        "确认计量器具与台账单位；与一批过磅来煤比对。",
    ),
    "flow-state": Text(
        "the state of the flow is mixed up (20 °C for 0 °C, or bar for atmosphere)",
        "流量标准状态混用（20 °C 与 0 °C，或巴与大气压）",
        "Check reference temperature and pressure in analyser, logger and report.",
        "核对分析仪、数采仪与报表的标准状态温度和压力。",
    ),
    "load-meter": Text(
        "the recorded load is off; no mass is touched",
        "负荷记录偏差（不影响排放量）",
        "Compare the load signal with the revenue meter of generation.",
        "将负荷信号与关口电量表比对。",
    ),
    **OF_DATA,
}
"""By name of the cause."""

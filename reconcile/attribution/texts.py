"""Causes in words, English and Chinese: what is wrong, and what a technician should check first."""

from __future__ import annotations

from typing import Final, NamedTuple


class Text(NamedTuple):
    """One cause in words."""

    english: str
    """What is wrong."""
    chinese: str
    """The same in Chinese."""
    check_english: str
    """What to check first."""
    check_chinese: str
    """The same in Chinese."""


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
    "stuck-reading": Text(
        "a reading is stuck",
        "读数停滞不变",
        "Compare display and register; restart the transmitter; look at the signal cable and the logger's channel.",
        "比对仪表显示与寄存器值；重启变送器；检查信号线与数采通道。",
    ),
    "slow-reading": Text(
        "a reading follows much too slowly",
        "读数响应过慢或被过度平滑",
        "Check filter setting, sample flow and filters; take a response time with span gas.",
        "检查滤波设置、样气流量与滤芯；用标准气测响应时间。",
    ),
    "replayed-data": Text(
        "earlier readings, or those of another point, come again",
        "重复出现历史数据或其他测点的数据",
        "Compare analyser memory, logger and platform for these hours; look at the store-and-forward of the logger.",
        "比对该时段分析仪、数采仪与平台数据；检查数采仪补传设置。",
    ),
    "made-up-data": Text(
        "readings are too good to be those of an instrument",
        "数据过于理想，不符合仪器特征",
        "Compare with the analyser's own memory and the calibration records; watch a calibration.",
        "与分析仪内存及校准记录比对；现场观察一次校准。",
    ),
    "wrong-decoding": Text(
        "impossible values come between good ones: the register is decoded wrongly or the line is disturbed",
        "夹杂不可能的数值：寄存器解码错误或线路干扰",
        "Check word order, scale, sentinel values and the line.",
        "检查字序、比例、无效值标记与线路。",
    ),
    "coarse-reading": Text(
        "the last digits are not those of a measurement: rounded, cut off or wrapped",
        "末位数字分布异常：取整、截断或溢出",
        "Check resolution and scale of the register against the analyser's display.",
        "核对寄存器分辨率、比例与仪表显示。",
    ),
    "cut-off": Text(
        "readings are cut off at a highest or lowest value",
        "读数在上限或下限被截断",
        "Check range, output limits and filters for high values in analyser and logger.",
        "检查分析仪与数采仪的量程、输出限幅及高值过滤设置。",
    ),
    "wrong-clock": Text(
        "the clock of the point is off",
        "测点时钟偏差",
        "Compare analyser, logger and server time; check time zone and time service.",
        "核对分析仪、数采仪与服务器时间、时区及授时。",
    ),
    "two-clocks": Text(
        "the cabinets of the point have different clocks",
        "测点内不同机柜时钟不一致",
        "Compare the clocks of gas and flow cabinet.",
        "核对气体与流量机柜时钟。",
    ),
    "lost-messages": Text(
        "messages are lost or come twice",
        "数据报文丢失或重复",
        "Look at the line, the logger's store and its acknowledgements.",
        "检查通信线路、数采仪缓存与应答。",
    ),
    "flags-misused": Text(
        "maintenance or stop flags stand while the unit runs, or follow its load",
        "机组运行时标记维护或停运，或标记随负荷变化",
        "Compare flags with the maintenance book and the unit's load.",
        "将数据标记与运维记录及机组负荷比对。",
    ),
    "no-checks": Text(
        "the daily checks no longer come",
        "每日自动校验不再出现",
        "See whether the daily check runs and is flagged.",
        "确认每日自动校验是否执行并标记。",
    ),
    "nothing-wrong": Text(
        "nothing wrong is shown",
        "未见异常",
        "Nothing.",
        "无需处理。",
    ),
    "unexplained": Text(
        "something is off that no cause of the table explains",
        "存在异常，但表中原因均无法解释",
        "Look at the ratios one by one, and for several faults at once.",
        "逐项查看各比值，并考虑多种故障同时存在。",
    ),
}
"""By name of the cause."""

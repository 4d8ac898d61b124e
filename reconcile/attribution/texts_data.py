"""Faults of data in words, and what is said where no cause is named."""

from __future__ import annotations

from typing import Final

from reconcile.attribution.text import Text

TEXTS: Final[dict[str, Text]] = {
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
    "no-cause": Text(
        "no cause can be named: a healthy plant may show this, too",
        "尚不能认定原因：正常机组也可能出现该现象",
        "Wait for more days; then look at the candidates, the nearest to hand first.",
        "继续观察，再逐一核查候选原因，先查易查项。",
    ),
    "new-cylinder": Text(
        "a new cylinder within its tolerance: lawful",
        "更换标气，在允许误差之内，属正常变化",
        "Compare the certificates of both cylinders; nothing else.",
        "核对新旧标气证书，无需其他处理。",
    ),
}
"""By name of the cause."""

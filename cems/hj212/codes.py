"""Commands, system types and results of HJ 212, with their names in English and Chinese.

*Source*: HJ 212-2017 [V], what HJ 212-2025 adds from public code [V2]; Chinese terms as public code prints them [V2],
those of request results from memory [M].
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Final


class Cn(StrEnum):
    """Commands that this program knows by name."""

    SET_TIMEOUT = "1000"
    SERIAL = "1001"
    SET_MN = "1002"
    CLOCK = "1011"
    SET_CLOCK = "1012"
    ASK_CLOCK = "1013"
    NEW_KEY = "1014"
    RTD_INTERVAL = "1061"
    SET_RTD_INTERVAL = "1062"
    MIN_INTERVAL = "1063"
    SET_MIN_INTERVAL = "1064"
    SET_PASSWORD = "1072"  # noqa: S105 - a command code, no password
    REALTIME = "2011"
    STOP_REALTIME = "2012"
    RAW = "2013"
    STATUS = "2021"
    STOP_STATUS = "2022"
    DAY = "2031"
    RUNTIME = "2041"
    MINUTE = "2051"
    NOISE_EVENT = "2052"
    HOUR = "2061"
    CHECK_DATA = "2062"
    BOOT = "2081"
    FURNACE = "2111"
    CALIBRATE = "3011"
    SAMPLE = "3012"
    CLEAN = "3013"
    COMPARE = "3014"
    OVER_LIMIT_SAMPLE = "3015"
    SET_CYCLE = "3016"
    CYCLE = "3017"
    SAMPLE_TIME = "3018"
    DEVICE_SERIAL = "3019"
    SITE = "3020"
    SET_SITE = "3021"
    RETAIN_SAMPLE = "3022"
    CHECK = "3024"
    QN_RTN = "9011"
    EXE_RTN = "9012"
    NOTIFIED = "9013"
    RECEIVED = "9014"
    HEARTBEAT = "9015"


CN_TERMS: Final[dict[Cn, tuple[str, str]]] = {
    Cn.SET_TIMEOUT: ("set timeout and number of resends", "设置超时时间及重发次数"),
    Cn.SERIAL: ("serial number of the logger", "上传数采仪硬件序号"),
    Cn.SET_MN: ("set the device id", "设置数采仪MN编码"),
    Cn.CLOCK: ("get or tell the field time", "提取/上传现场机时间"),
    Cn.SET_CLOCK: ("set the field time", "设置现场机时间"),
    Cn.ASK_CLOCK: ("the field asks for the time", "现场机时间校准请求"),
    Cn.NEW_KEY: ("new encryption key", "下发/获取新密钥"),
    Cn.RTD_INTERVAL: ("get or tell the realtime interval", "提取/上传实时数据间隔"),
    Cn.SET_RTD_INTERVAL: ("set the realtime interval", "设置实时数据间隔"),
    Cn.MIN_INTERVAL: ("get or tell the minute interval", "提取/上传分钟数据间隔"),
    Cn.SET_MIN_INTERVAL: ("set the minute interval", "设置分钟数据间隔"),
    Cn.SET_PASSWORD: ("set the password", "设置现场机访问密码"),
    Cn.REALTIME: ("realtime data", "污染物实时数据"),
    Cn.STOP_REALTIME: ("stop realtime data", "停止察看污染物实时数据"),
    Cn.RAW: ("raw monitoring data", "原始监测数据"),
    Cn.STATUS: ("device status on", "设备运行状态数据"),
    Cn.STOP_STATUS: ("device status off", "停止察看设备运行状态"),
    Cn.DAY: ("day data", "污染物日历史数据"),
    Cn.RUNTIME: ("daily runtime of devices", "设备运行时间日历史数据"),
    Cn.MINUTE: ("minute data", "污染物分钟数据"),
    Cn.NOISE_EVENT: ("single noise event", "噪声单次测量数据"),
    Cn.HOUR: ("hour data", "污染物小时数据"),
    Cn.CHECK_DATA: ("automatic check and calibration data", "自动标样核查校准数据"),
    Cn.BOOT: ("start of the logger", "上传数采仪开机时间"),
    Cn.FURNACE: ("five-minute mean of the furnace temperature", "上传炉膛温度5min均值"),
    Cn.CALIBRATE: ("zero and span calibration", "零点校准量程校准"),
    Cn.SAMPLE: ("sample now", "即时采样"),
    Cn.CLEAN: ("clean, blow back", "启动清洗反吹"),
    Cn.COMPARE: ("comparison sampling", "比对采样"),
    Cn.OVER_LIMIT_SAMPLE: ("sample kept above a limit", "超标留样"),
    Cn.SET_CYCLE: ("set the sampling cycle", "设置采样时间周期"),
    Cn.CYCLE: ("get or tell the sampling cycle", "提取采样时间周期"),
    Cn.SAMPLE_TIME: ("get or tell how long a sample takes", "提取出样时间"),
    Cn.DEVICE_SERIAL: ("serial number of a device", "提取设备唯一标识"),
    Cn.SITE: ("log, state and parameters of the site", "提取/上传现场机信息"),
    Cn.SET_SITE: ("set parameters of the site", "设置现场机参数"),
    Cn.RETAIN_SAMPLE: ("retain a sample now", "下发即时留样任务"),
    Cn.CHECK: ("start a check with standards", "启动标样核查"),
    Cn.QN_RTN: ("answer to a request", "请求应答"),
    Cn.EXE_RTN: ("result of an execution", "执行结果"),
    Cn.NOTIFIED: ("answer to a notice", "通知应答"),
    Cn.RECEIVED: ("data received", "数据应答"),
    Cn.HEARTBEAT: ("heartbeat", "心跳包"),
}
"""English and Chinese terms of the commands."""


class St(StrEnum):
    """System types that a CO2 source meets. There is none for greenhouse gases in HJ 212-2017: CO2 is sent under 31."""

    AIR_QUALITY = "22"
    VOC = "27"
    FLUE_GAS = "31"
    WATER = "32"
    FLUE_PROCESS = "51"
    INTERACTION = "91"


ST_TERMS: Final[dict[St, tuple[str, str]]] = {
    St.AIR_QUALITY: ("air quality", "空气质量监测"),
    St.VOC: ("volatile organic compounds", "挥发性有机物监测"),
    St.FLUE_GAS: ("flue-gas source", "大气环境污染源"),
    St.WATER: ("surface-water source", "地表水体环境污染源"),
    St.FLUE_PROCESS: ("process of flue-gas cleaning", "烟气排放过程监控"),
    St.INTERACTION: ("interaction: replies", "系统交互"),
}
"""English and Chinese terms of the system types."""


class QnRtn(IntEnum):
    """What is answered to a request (9011). *Source*: HJ 212-2017 [V]."""

    READY = 1
    REFUSED = 2
    BAD_PASSWORD = 3
    BAD_MN = 4
    BAD_ST = 5
    BAD_FLAG = 6
    BAD_QN = 7
    BAD_CN = 8
    CRC_ERROR = 9
    UNKNOWN = 100


QN_RTN_TERMS: Final[dict[QnRtn, tuple[str, str]]] = {
    QnRtn.READY: ("ready to execute", "准备执行请求"),
    QnRtn.REFUSED: ("refused", "请求被拒绝"),
    QnRtn.BAD_PASSWORD: ("wrong password", "PW错误"),
    QnRtn.BAD_MN: ("wrong MN", "MN错误"),
    QnRtn.BAD_ST: ("wrong ST", "ST错误"),
    QnRtn.BAD_FLAG: ("wrong Flag", "Flag错误"),
    QnRtn.BAD_QN: ("wrong QN", "QN错误"),
    QnRtn.BAD_CN: ("wrong CN", "CN错误"),
    QnRtn.CRC_ERROR: ("CRC error", "CRC校验错误"),
    QnRtn.UNKNOWN: ("unknown error", "未知错误"),
}
"""English and Chinese terms."""


class ExeRtn(IntEnum):
    """How an execution ended (9012). *Source*: HJ 212-2017 [V]."""

    DONE = 1
    FAILED = 2
    BAD_CONDITION = 3
    TIMEOUT = 4
    BUSY = 5
    FAULT = 6
    NO_DATA = 100


EXE_RTN_TERMS: Final[dict[ExeRtn, tuple[str, str]]] = {
    ExeRtn.DONE: ("done", "执行成功"),
    ExeRtn.FAILED: ("failed, cause unknown", "执行失败，但不知道原因"),
    ExeRtn.BAD_CONDITION: ("a condition of the request is wrong", "命令请求条件错误"),
    ExeRtn.TIMEOUT: ("communication timed out", "通讯超时"),
    ExeRtn.BUSY: ("system busy", "系统繁忙不能执行"),
    ExeRtn.FAULT: ("system fault", "系统故障"),
    ExeRtn.NO_DATA: ("no data", "没有数据"),
}
"""English and Chinese terms."""

"""What record types and columns are called in Chinese, and the rows that show how to fill them."""

from __future__ import annotations

from typing import Final

ZH: Final = {
    "unit": "机组、生产线、系列或企业的代码，与设备文件一致",
    "month": "自然月，写作 2025-03（文本）",
    "stack": "排口代码；只有一个排口时留空",
    "instrument": "计量器具：型号、编号、检定",
    "report_no": "检测报告或台账编号",
    "fuel": "燃料名称，中英文均可",
    "amount_t": "固体或液体燃料消耗量（收到基）",
    "amount_1e4nm3": "气体燃料消耗量（标准状态）",
    "flow": "in 输入，out 输出（工序间或外销）",
    "process": "钢铁工序",
    "biogenic_pct": "碳中生物质碳占比；留空：生物质 100，其余 0",
    "elsewhere": "是否在无监测排口处燃烧（如车辆、辅助锅炉）",
    "tier": "数据层级：measured_daily 日测，batch 批次，monthly_composite 月缩分样",
    "sample_no": "样品或批次编号，或采样日期；区分同一报告内的样品",
    "represents_t": "样品代表的固体或液体燃料量（当日或该批次）",
    "represents_1e4nm3": "样品代表的气体燃料量",
    "c_ar_pct": "收到基元素碳；优先采用",
    "c_ad_pct": "空干基元素碳，须同时给出两个水分",
    "c_d_pct": "干燥基元素碳，须同时给出收到基水分",
    "c_daf_pct": "干燥无灰基元素碳，须同时给出收到基水分和灰分",
    "m_ar_pct": "收到基水分（全水分）",
    "m_ad_pct": "空干基水分",
    "a_ar_pct": "收到基灰分",
    "carbon_t_per_1e4nm3": "气体燃料含碳量",
    "ncv_gj_per_t": "收到基低位发热量",
    "ncv_gj_per_1e4nm3": "气体燃料低位发热量",
    "electricity_mwh": "消耗电量",
    "not_from_grid_mwh": "其中直供、自备非化石及自发电量，不计",
    "heat_gj": "外购热力",
    "generated_mwh": "发电量",
    "auxiliary_mwh": "厂用电量；热电联产为发电厂用电量",
    "heat_supplied_gj": "供热量",
    "boiler_heat_gj": "总产热量；有供热时必填",
    "rated_mw": "额定功率，与设备文件一致",
    "running_h": "运行小时数",
    "clinker_t": "熟料产量",
    "clinker": "熟料种类",
    "cao_pct": "源自碳酸盐的氧化钙含量（仅旧方法）",
    "mgo_pct": "源自碳酸盐的氧化镁含量（仅旧方法）",
    "material": "物料名称，见 lists 表",
    "mass_t": "用量或产量",
    "aluminium_t": "铝产量",
    "gross_t": "阳极毛耗",
    "net_t": "阳极净耗",
    "sulfur_pct": "阳极含硫量；留空：缺省值",
    "ash_pct": "阳极灰分；留空：缺省值",
    "effects_per_cell_day": "每槽每日阳极效应次数",
    "minutes_per_effect": "阳极效应平均持续时间",
    "carbonate": "碳酸盐种类",
    "purity_pct": "碳酸盐纯度",
    "flux": "熔剂：limestone 石灰石，dolomite 白云石",
    "product": "产品名称，见 lists 表",
}
"""Meaning of each column in Chinese."""

_LAB: Final = {"instrument": "lab 1, CMA 000000", "report_no": "R-0000"}
_SCALE: Final = {"instrument": "belt scale A, no. 1, calibrated 2025-01", "report_no": "ledger 1"}

EXAMPLES: Final[dict[str, dict[str, str | float]]] = {
    "fuel_use": {"fuel": "bituminous", "amount_t": 1000.5, "elsewhere": "no", **_SCALE},
    "fuel_sample": {
        "fuel": "bituminous", "tier": "monthly_composite", "c_ad_pct": 58.2, "m_ar_pct": 12.5, "m_ad_pct": 2.4,
        "ncv_gj_per_t": 20.5, **_LAB,
    },
    "purchased_energy": {"electricity_mwh": 100.5, "not_from_grid_mwh": 0, "heat_gj": 0, **_SCALE},
    "power_output": {"generated_mwh": 1000, "auxiliary_mwh": 60, "rated_mw": 300, "running_h": 700},
    "clinker_output": {"clinker_t": 1000, "clinker": "portland", **_SCALE},
    "alternative_material": {"material": "carbide_slag", "mass_t": 10.5, **_SCALE},
    "aluminium_output": {"aluminium_t": 1000},
    "anode_use": {"net_t": 411, "sulfur_pct": 2.1, "ash_pct": 0.5, **_LAB},
    "anode_effects": {"effects_per_cell_day": 0.1, "minutes_per_effect": 2},
    "carbonate_use": {"carbonate": "na2co3", "mass_t": 10, "purity_pct": 98.5},
    "flux_use": {"flux": "limestone", "mass_t": 100, "process": "blast_furnace"},
    "electrode_use": {"mass_t": 1.5, "process": "electric_furnace"},
    "carbon_material": {"material": "pig_iron", "mass_t": 100, "process": "converter"},
    "steel_product": {"product": "crude_steel", "mass_t": 1000},
}  # fmt: skip
"""The example row of each sheet, without unit and month."""

HOW_EN: Final = (
    "Fill one row for each month and thing; several rows of one kind in a month add up.",
    "Row 1 holds the names, row 2 the units: leave both as they are. Delete row 3, the example, or it is refused.",
    "Write numbers as numbers: a point as decimal sign, no thousands separator, no unit, no full-width digits.",
    "Write per cent as 58.2, not 0.582, and do not format the cell as a percentage.",
    "Write months as text, such as 2025-03. Leave no empty row between rows, merge nothing, hide nothing.",
    "A last row with total in the unit column is compared with the sum of the column and is no record.",
    "Import refuses the whole workbook and names every faulty cell, or takes all of it.",
    "To correct a month, import all its rows of that sheet again and say why; earlier rows are kept.",
)
HOW_ZH: Final = (
    "每月每项填一行；同月同类多行相加。",
    "第 1 行为名称，第 2 行为单位，请勿改动。第 3 行为示例，请删除，否则拒收。",
    "数字按数值填写：小数点用“.”，不用千位分隔符，不带单位，不用全角数字。",
    "百分数写作 58.2，不写 0.582，单元格不要设为百分比格式。",
    "月份按文本填写，如 2025-03。行间不留空行，不合并单元格，不隐藏行列。",
    "最后一行的 unit 列写“合计”（total）时，与该列之和核对，不作为记录。",
    "导入时要么整本接收，要么整本拒收并逐一指出有误的单元格。",
    "更正某月数据时，重新导入该表该月全部行并说明理由；原有行保留。",
)

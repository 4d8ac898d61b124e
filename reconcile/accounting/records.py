"""Monthly records of the sectors: what was burnt, made, bought and found in the laboratory, one row each.

Every number has its unit in its name; None stands for a cell left empty. Records of one kind may stand several times
in a month: amounts add up.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

Tier = Literal["measured_daily", "batch", "monthly_composite", "default"]
TIERS: Final[tuple[Tier, ...]] = ("measured_daily", "batch", "monthly_composite", "default")
"""From the best evidence to none."""
Clinker = Literal["portland", "white", "sulfoaluminate", "aluminate"]
SteelProcess = Literal[
    "coking", "sintering", "pelletising", "blast_furnace", "converter", "electric_furnace", "refining",
    "continuous_casting", "rolling", "lime", "captive_power",
]  # fmt: skip
Flux = Literal["limestone", "dolomite"]
Carbonate = Literal[
    "caco3", "mgco3", "na2co3", "nahco3", "feco3", "mnco3", "baco3", "li2co3", "k2co3", "srco3", "dolomite"
]

_Amount: TypeAlias = Annotated[float, Field(ge=0)]
_Pct: TypeAlias = Annotated[float, Field(ge=0, le=100)]
_Moisture: TypeAlias = Annotated[float, Field(ge=0, lt=100)]
_Heat: TypeAlias = Annotated[float, Field(gt=0)]


class Record(BaseModel):
    """What every monthly record says."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)

    unit: str = Field(min_length=1)
    """Code of the unit, line, potroom or works."""
    month: str = Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")
    """``YYYY-MM``, statutory month."""
    stack: str = ""
    """Code of the stack that the gas leaves by; empty where the unit has one only."""
    instrument: str = ""
    """Measuring instrument: make, number, calibration."""
    report_no: str = ""
    """Number of the laboratory report or ledger sheet."""


class FuelUse(Record):
    """A fuel burnt in a month, or, in steel, taken in or given out by a process."""

    fuel: str = Field(min_length=1)
    """Name of the fuel, English or Chinese."""
    amount_t: _Amount | None = None
    """Solid or liquid fuel, as received [t]."""
    amount_1e4nm3: _Amount | None = None
    """Gas at the standard state [10⁴ Nm3]."""
    flow: Literal["in", "out"] = "in"
    """``out`` for a fuel that a steel process gives to another or sells."""
    process: SteelProcess | Literal[""] = ""
    """Process of a steelworks."""
    biogenic_pct: _Pct | None = None
    """Share of the carbon that is biogenic [%]; None: 100 for biomass, else 0."""
    elsewhere: bool = False
    """Burnt where no stack monitor sees it, such as in vehicles or an auxiliary boiler."""

    @model_validator(mode="after")
    def _one_amount(self) -> Self:
        if (self.amount_t is None) == (self.amount_1e4nm3 is None):
            raise ValueError("give amount_t or amount_1e4nm3, one of them")
        return self


class FuelSample(Record):
    """What the laboratory found in a fuel, on a day, in a batch or in a month's composite sample."""

    fuel: str = Field(min_length=1)
    """Name of the fuel, as in its :class:`FuelUse`."""
    tier: Literal["measured_daily", "batch", "monthly_composite"]
    """What the sample stands for."""
    sample_no: str = ""
    """Number of the sample or the batch, or the day such as 2025-03-01; tells the samples of a report apart."""
    represents_t: _Amount | None = None
    """Solid or liquid fuel that the sample stands for: burnt that day, or the batch [t]."""
    represents_1e4nm3: _Amount | None = None
    """Gas that the sample stands for [10⁴ Nm3]."""
    c_ar_pct: _Pct | None = None
    """Carbon as received 收到基元素碳 [%]; it goes before the other bases."""
    c_ad_pct: _Pct | None = None
    """Carbon air-dried 空干基元素碳 [%], with both moistures."""
    c_d_pct: _Pct | None = None
    """Carbon dry 干燥基元素碳 [%], with moisture as received."""
    c_daf_pct: _Pct | None = None
    """Carbon dry and ash-free [%], with moisture and ash as received."""
    m_ar_pct: _Moisture | None = None
    """Total moisture as received 收到基水分 [%]."""
    m_ad_pct: _Moisture | None = None
    """Moisture of the air-dried sample 空干基水分 [%]."""
    a_ar_pct: _Pct | None = None
    """Ash as received 收到基灰分 [%]."""
    carbon_t_per_1e4nm3: _Amount | None = None
    """Carbon of a gas [t C/10⁴ Nm3]."""
    ncv_gj_per_t: _Heat | None = None
    """Net calorific value as received 收到基低位发热量 [GJ/t]."""
    ncv_gj_per_1e4nm3: _Heat | None = None
    """Net calorific value of a gas [GJ/10⁴ Nm3]."""

    @property
    def represents(self) -> float | None:
        """Fuel that the sample stands for [t or 10⁴ Nm3]."""
        return self.represents_1e4nm3 if self.represents_t is None else self.represents_t

    @model_validator(mode="after")
    def _whole(self) -> Self:
        faults: list[str] = []
        if self.represents_t is not None and self.represents_1e4nm3 is not None:
            faults.append("a sample stands for t or for 1e4nm3, not both")
        if self.tier != "monthly_composite" and self.represents is None:
            weight = "represents_t or represents_1e4nm3, the weight it counts with"
            faults.append(f"a {self.tier} sample needs {weight}")
        measured = ("c_ar_pct", "c_ad_pct", "c_d_pct", "c_daf_pct", "carbon_t_per_1e4nm3")
        if all(getattr(self, name) is None for name in (*measured, "ncv_gj_per_t", "ncv_gj_per_1e4nm3")):
            faults.append("a sample has a carbon content or a net calorific value, or both")
        needs = {"c_ad_pct": ("m_ad_pct", "m_ar_pct"), "c_d_pct": ("m_ar_pct",), "c_daf_pct": ("m_ar_pct", "a_ar_pct")}
        for name, others in needs.items() if self.c_ar_pct is None else ():
            lacking = [other for other in others if getattr(self, other) is None]
            if getattr(self, name) is not None and lacking:
                faults.append(f"{name} needs {', '.join(lacking)}")
        if faults:
            raise ValueError("; ".join(faults))
        return self


class PurchasedEnergy(Record):
    """Electricity and heat bought; reported, never held against a stack."""

    electricity_mwh: _Amount = 0.0
    """Electricity consumed [MWh]."""
    not_from_grid_mwh: _Amount = 0.0
    """Of it by direct line or own plant without fossil fuel, and self-generated: not counted [MWh]."""
    heat_gj: _Amount = 0.0
    """Heat bought [GJ]."""


class PowerOutput(Record):
    """What a power unit made in a month."""

    generated_mwh: _Amount
    """Gross generation 发电量 [MWh]."""
    auxiliary_mwh: _Amount
    """Own use; of a cogeneration unit its part for power 发电厂用电量 [MWh]."""
    heat_supplied_gj: _Amount = 0.0
    """Heat supplied 供热量 [GJ]."""
    boiler_heat_gj: _Amount | None = None
    """Total heat output of the boundary 总产热量 [GJ]; needed where heat is supplied."""
    rated_mw: _Heat
    """Rated power [MW]."""
    running_h: _Amount
    """Hours in operation [h]."""


class ClinkerOutput(Record):
    """Clinker made by a line in a month."""

    clinker_t: _Amount
    """Clinker [t]."""
    clinker: Clinker = "portland"
    """Kind of clinker."""
    cao_pct: _Pct | None = None
    """CaO that came from carbonate [%], older measured method only."""
    mgo_pct: _Pct | None = None
    """MgO that came from carbonate [%], older measured method only."""


class AlternativeMaterial(Record):
    """Raw material without carbonate that replaced limestone."""

    material: str = Field(min_length=1)
    """Name of the material, as in the factor table after ``clinker_cut_``."""
    mass_t: _Amount
    """Mass used [t]."""


class AluminiumOutput(Record):
    """Aluminium made by a potline in a month."""

    aluminium_t: _Amount
    """Aluminium [t]."""


class AnodeUse(Record):
    """Anodes consumed in a month."""

    gross_t: _Amount | None = None
    """Gross consumption 毛耗 [t]."""
    net_t: _Amount | None = None
    """Net consumption 净耗 [t]."""
    sulfur_pct: _Pct | None = None
    """Sulfur of the anode [%]; None: default."""
    ash_pct: _Pct | None = None
    """Ash of the anode [%]; None: default."""

    @model_validator(mode="after")
    def _one_mass(self) -> Self:
        if (self.gross_t is None) == (self.net_t is None):
            raise ValueError("give gross_t or net_t, one of them")
        return self


class AnodeEffects(Record):
    """Anode effects of a potline in a month."""

    effects_per_cell_day: _Amount
    """Anode effects per cell and day."""
    minutes_per_effect: _Amount
    """Mean duration of an anode effect [min]."""


class CarbonateUse(Record):
    """Carbonate that decomposed, as flux or otherwise."""

    carbonate: Carbonate
    """Which carbonate."""
    mass_t: _Amount
    """Mass used [t]."""
    purity_pct: _Pct = 100.0
    """Carbonate in the material [%]."""


class FluxUse(Record):
    """Flux used by a steelworks."""

    flux: Flux
    """Limestone or dolomite."""
    mass_t: _Amount
    """Net purchased use [t]."""
    process: SteelProcess | Literal[""] = ""
    """Process it was used in."""


class ElectrodeUse(Record):
    """Electrodes consumed by arc and ladle furnaces."""

    mass_t: _Amount
    """Consumption [t]."""
    process: SteelProcess | Literal[""] = ""
    """Process they were used in."""


class CarbonMaterial(Record):
    """Carbon-bearing material bought by a steelworks, such as pig iron, scrap or an alloy."""

    material: str = Field(min_length=1)
    """Name of the material, as in the factor table after ``steel_material_``."""
    mass_t: _Amount
    """Net purchased use [t]."""
    process: SteelProcess | Literal[""] = ""
    """Process it was used in."""


class SteelProduct(Record):
    """Product that leaves a steelworks with carbon in it."""

    product: str = Field(min_length=1)
    """Name of the product, as in the factor table after ``steel_product_``."""
    mass_t: _Amount
    """Mass that left the site [t]."""


Common: TypeAlias = FuelUse | FuelSample | PurchasedEnergy
PowerRecord: TypeAlias = Common | PowerOutput
CementRecord: TypeAlias = Common | ClinkerOutput | AlternativeMaterial
AluminiumRecord: TypeAlias = Common | AluminiumOutput | AnodeUse | AnodeEffects | CarbonateUse
SteelRecord: TypeAlias = Common | FluxUse | ElectrodeUse | CarbonMaterial | SteelProduct

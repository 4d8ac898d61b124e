"""The table of causes: what each does to the ratios, how large it may be, which patterns, events and signals it has.

*Source*: international facts C.4, E.3, E.5; China sheet B.4. A cause that is not in this table shows as "unexplained".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from reconcile.attribution import shifts
from reconcile.attribution.case import Facts
from reconcile.attribution.signatures import Array, Context, Shift

Side: TypeAlias = Literal["monitoring", "accounting", "plant"]
Sizes: TypeAlias = Literal["both", "up", "down"]
Scale: TypeAlias = Literal["scale", "o2_scale", "zero_scale", "temperature_scale"]
ShiftOf: TypeAlias = Callable[[Array, Context], Shift]


@dataclass(frozen=True, slots=True)
class Spec:
    """One row of the table."""

    name: str
    """Key of the texts."""
    side: Side
    """Whose figure is wrong; ``plant`` where neither mass is."""
    shift: ShiftOf
    """Size to what is shown."""
    sizes: Sizes | tuple[float, ...] = "both"
    """Signs that the size may have, or the only sizes there are."""
    options: tuple[str, ...] = ()
    """What each of the only sizes is called."""
    scale: Scale = "scale"
    """Which prior of the size."""
    unit: str = "-"
    """Unit of the size."""
    drifts: bool = False
    """Grows from nothing over the window, so that its trend is twice its mean."""
    patterns: tuple[str, ...] = ()
    """Patterns that it may have with any strength, in the direction of its level."""
    events: frozenset[str] = frozenset()
    """Kinds of events that bring it."""
    needs_event: bool = False
    """It begins with such an event and not without."""
    channels: frozenset[str] = frozenset()
    """Channels of these events; empty for any."""
    kinds: frozenset[str] = frozenset()
    """Kinds of anomalies that speak for it."""
    spread: tuple[tuple[str, float], ...] = ()
    """What else it moves by chance: primitive and one sigma."""
    applies: Callable[[Facts], bool] = field(default=lambda _: True)
    """Whether the point can have it."""


_SERVICE: Final = frozenset({"service", "parameter", "rata", "retube"})
_FLOW: Final = frozenset({"velocity", "flow", ""})
_GAS: Final = frozenset({"co2", "o2", ""})

TABLE: Final[tuple[Spec, ...]] = (
    Spec("flow-scale", "monitoring", shifts.flow_scale, events=_SERVICE, channels=_FLOW),
    Spec("flow-load-bias", "monitoring", shifts.flow_scale, patterns=("load",)),
    Spec("flow-fan-state", "monitoring", shifts.flow_scale, patterns=("fan",)),
    Spec("pitot-plugging", "monitoring", shifts.flow_scale, "down", drifts=True, applies=lambda f: f.pitot),
    Spec("flow-zero", "monitoring", shifts.flow_zero, applies=lambda f: f.pitot),
    Spec("temperature-bias", "monitoring", shifts.temperature_bias, scale="temperature_scale", unit="K"),
    Spec("pressure-bias", "monitoring", shifts.pressure_bias),
    Spec("bypass", "monitoring", shifts.bypass, "up", kinds=frozenset({"bypass"})),
    Spec("co2-analyser", "monitoring", shifts.co2_scale, events=_SERVICE, channels=_GAS),
    Spec("co2-span-drift", "monitoring", shifts.co2_scale, drifts=True),
    Spec("co2-zero", "monitoring", shifts.co2_zero, scale="zero_scale", unit="%"),
    Spec(
        "cylinder-mislabelled",
        "monitoring",
        shifts.co2_scale,
        events=frozenset({"cylinder"}),
        needs_event=True,
        channels=_GAS,
    ),
    Spec("co2-branch-leak", "monitoring", shifts.co2_branch_leak, "up"),
    Spec("o2-analyser", "plant", shifts.o2_scale, scale="o2_scale", patterns=("trend",)),
    Spec("sample-leak", "monitoring", shifts.sample_dilution, "up"),
    Spec("sample-leak-varying", "monitoring", shifts.sample_dilution, "up", patterns=("cos", "sin", "trend")),
    Spec("valve-after-calibration", "monitoring", shifts.sample_dilution, "up", patterns=("calibration",)),
    Spec("inert-in-sample", "monitoring", shifts.inert_in_sample, "up"),
    Spec("dilution-ratio", "monitoring", shifts.inert_in_sample, patterns=("trend",), applies=lambda f: f.dilution),
    Spec("duct-in-leakage", "plant", shifts.duct_in_leakage, "up"),
    Spec("moisture-reading", "monitoring", shifts.moisture_scale, applies=lambda f: f.dry_co2),
    Spec("moisture-left-out", "monitoring", shifts.moisture_left_out, (1.0,), applies=lambda f: f.dry_co2),
    Spec("dried-twice", "monitoring", shifts.dried_twice, (1.0,), applies=lambda f: f.dry_co2),
    Spec("fuel-quantity", "accounting", shifts.fuel_scale),
    Spec("fuel-drift", "accounting", shifts.fuel_scale, drifts=True),
    Spec("fuel-zero", "accounting", shifts.fuel_zero),
    Spec("fuel-carbon", "accounting", shifts.carbon_scale),
    Spec("fuel-basis", "accounting", shifts.quality_scale),
    Spec("load-meter", "plant", shifts.load_scale),
)
"""The causes of every point; those of fixed ratios and of other fuels are added by :func:`fixed.fixed_causes`."""

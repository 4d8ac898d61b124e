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
Scale: TypeAlias = Literal["scale", "wide", "zero_scale", "temperature_scale"]
Course: TypeAlias = Literal["step", "drift", "either", "sawtooth"]
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
    course: Course = "step"
    """``drift``: grows from nothing over the window, so that its trend is twice its mean; ``either``: one or the other
    with equal prior; ``sawtooth``: set anew at each daily check and fading to nothing until the next, so that its
    recovery is twice its mean."""
    patterns: tuple[str, ...] = ()
    """Patterns that it may have with any strength, in the direction of its level."""
    needs: tuple[str, ...] = ()
    """Patterns of which one must have been seen, or the cause cannot be judged."""
    events: frozenset[str] = frozenset()
    """Kinds of events that bring it."""
    needs_event: bool = False
    """It begins with such an event and not without."""
    channels: frozenset[str] = frozenset()
    """Channels of these events; empty for any."""
    kinds: frozenset[str] = frozenset()
    """Kinds of anomalies that speak for it."""
    spread: tuple[tuple[tuple[str, float], ...], ...] = ()
    """What else it moves by chance: primitives that move together, one sigma each."""
    needs_kind: bool = False
    """It is hard to believe without an anomaly that speaks for it."""
    mix_up: bool = False
    """A mix-up of units or bases."""
    applies: Callable[[Facts], bool] = field(default=lambda _: True)
    """Whether the point can have it."""


_SERVICE: Final = frozenset({"service", "parameter", "retube"})
_FLOW: Final = frozenset({"velocity", "flow", ""})
_GAS: Final = frozenset({"co2", "o2", ""})

_WETNESS: Final = frozenset({"above-saturation", "below-saturation"})
"""Saturation hangs on the temperature as much as on the moisture."""
_BASES: Final = ("wet taken for dry", "dry taken for wet")
_TRUE_WATER: Final = ((("co2", 0.015),),)
"""What the dry share of the gas may be off where moisture is typed in or read wrongly, one sigma."""
_TRUE_O2: Final = ((("room", 0.03), ("o2", 0.5)),)
"""What a tenth of the O2 hangs on: the true one, one sigma [%], and by it the line."""
_TENS: Final = (-0.9, 9.0, -0.99, 99.0)
_TEN_NAMES: Final = ("ten times too small", "ten times too large", "100 times too small", "100 times too large")
_K: Final = "temperature_scale"
_NOISY: Final = frozenset({"variance-growth"})


def _pitot(facts: Facts) -> bool:
    return facts.pitot


def _no_pitot(facts: Facts) -> bool:
    return not facts.pitot


def _paths(facts: Facts) -> bool:
    return facts.sound_paths


def _checked(facts: Facts) -> bool:
    return facts.checked


def _dry(facts: Facts) -> bool:
    return facts.dry_co2


def _wet(facts: Facts) -> bool:
    return not facts.dry_co2


TABLE: Final[tuple[Spec, ...]] = (
    Spec("flow-scale", "monitoring", shifts.flow_scale, events=_SERVICE, channels=_FLOW, kinds=_NOISY),
    Spec("bias-factor", "monitoring", shifts.flow_scale, events=frozenset({"rata"}), needs_event=True, channels=_FLOW),
    Spec(
        "flow-load-bias",
        "monitoring",
        shifts.flow_scale,
        patterns=("load",),
        needs=("load",),
        kinds=frozenset({"load-dependent"}),
    ),
    Spec(
        "path-loss",
        "monitoring",
        shifts.flow_scale,
        patterns=("load", "fan"),
        kinds=frozenset({"spikes", "variance-growth"}),
        needs_kind=True,
        applies=_paths,
    ),
    Spec(
        "flow-fan-state",
        "monitoring",
        shifts.flow_scale,
        patterns=("fan", "load"),
        needs=("fan",),
        kinds=frozenset({"fan-state"}),
    ),
    Spec("pitot-plugging", "monitoring", shifts.flow_scale, "down", course="drift", needs=("trend",), applies=_pitot),
    Spec("flow-zero", "monitoring", shifts.flow_zero, course="either", needs=("load",), applies=_pitot),
    Spec(
        "temperature-bias",
        "monitoring",
        shifts.temperature_bias,
        scale=_K,
        unit="K",
        kinds=_WETNESS,
        applies=_pitot,
    ),
    Spec(
        "temperature-bias",
        "monitoring",
        shifts.temperature_bias_path,
        scale=_K,
        unit="K",
        kinds=_WETNESS,
        applies=_no_pitot,
    ),
    Spec("pressure-bias", "monitoring", shifts.pressure_bias, applies=_pitot),
    Spec("pressure-bias", "monitoring", shifts.pressure_bias_path, applies=_no_pitot),
    Spec("bypass", "monitoring", shifts.bypass, "up", kinds=frozenset({"bypass-open"})),
    Spec("co2-analyser", "monitoring", shifts.co2_scale, events=_SERVICE, channels=_GAS, kinds=_NOISY),
    Spec("co2-span-drift", "monitoring", shifts.co2_scale, course="drift", needs=("trend",)),
    Spec("co2-zero", "monitoring", shifts.co2_zero, scale="zero_scale", unit="%", course="either"),
    Spec(
        "cylinder-mislabelled",
        "monitoring",
        shifts.co2_scale,
        events=frozenset({"cylinder"}),
        needs_event=True,
        channels=_GAS,
    ),
    Spec("co2-wrong-scale", "monitoring", shifts.co2_scale, _TENS, _TEN_NAMES),
    Spec("flow-wrong-scale", "monitoring", shifts.flow_scale, _TENS, _TEN_NAMES),
    Spec("o2-wrong-scale", "plant", shifts.o2_scale, _TENS, _TEN_NAMES, patterns=("load",), spread=_TRUE_O2),
    Spec("co2-branch-leak", "monitoring", shifts.co2_branch_leak, "up"),
    Spec("o2-analyser", "plant", shifts.o2_scale, scale="wide", course="either"),
    Spec("sample-leak", "monitoring", shifts.sample_dilution, "up"),
    Spec(
        "sample-leak-varying",
        "monitoring",
        shifts.sample_dilution,
        "up",
        course="either",
        patterns=("cos", "sin"),
        needs=("cos", "sin", "trend"),
        kinds=frozenset({"daily-wave"}),
    ),
    Spec(
        "after-calibration",
        "monitoring",
        shifts.co2_scale,
        patterns=("calibration", "recovery", "cos", "sin", "load", "fan"),
        needs=("calibration", "recovery"),
        kinds=frozenset({"calibration-phase"}),
    ),
    Spec(
        "zero-gas",
        "monitoring",
        shifts.co2_zero,
        "down",
        scale="zero_scale",
        unit="%",
        course="sawtooth",
        needs=("recovery",),
        kinds=frozenset({"calibration-phase"}),
        applies=_checked,
    ),
    Spec("inert-in-sample", "monitoring", shifts.inert_in_sample, "up", kinds=_NOISY),
    Spec("dilution-ratio", "monitoring", shifts.inert_in_sample, course="either", applies=lambda f: f.dilution),
    Spec("duct-in-leakage", "plant", shifts.duct_in_leakage, "up"),
    Spec(
        "moisture-reading",
        "monitoring",
        shifts.moisture_scale,
        scale="wide",
        kinds=_WETNESS,
        applies=_dry,
    ),
    Spec(
        "moisture-reading",
        "plant",
        shifts.moisture_scale_wet,
        scale="wide",
        kinds=_WETNESS,
        applies=_wet,
    ),
    Spec("moisture-left-out", "monitoring", shifts.moisture_left_out, (1.0,), mix_up=True, applies=_dry),
    Spec("dried-twice", "monitoring", shifts.dried_twice, (1.0,), mix_up=True, applies=_dry),
    Spec("co2-basis", "monitoring", shifts.co2_basis, (1.0, -1.0), _BASES, spread=_TRUE_WATER, mix_up=True),
    Spec("gas-basis", "monitoring", shifts.gas_basis, (1.0, -1.0), _BASES, spread=_TRUE_WATER, mix_up=True),
    Spec("fuel-quantity", "accounting", shifts.fuel_scale),
    Spec("fuel-drift", "accounting", shifts.fuel_scale, course="drift", needs=("trend",)),
    Spec("fuel-carbon", "accounting", shifts.carbon_scale, course="either"),
    Spec("fuel-basis", "accounting", shifts.quality_scale),
    Spec("load-meter", "plant", shifts.load_scale),
)
"""The causes of every point; those of fixed ratios and of other fuels are added by :func:`fixed.fixed_causes`."""
PAIRED: Final[tuple[Spec, ...]] = (Spec("fuel-zero", "accounting", shifts.fuel_zero, needs=("load",)),)
"""Causes that show only where the account is read instant by instant: daily books have no course within the day."""

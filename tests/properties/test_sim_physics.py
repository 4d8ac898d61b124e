"""The carbon balance closes for any coal, any load and any excess air; a run does not notice how it is cut."""

from dataclasses import fields

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.api import RunSpec
from firmware_sim.faulttext import parse_faults
from firmware_sim.fuel import Coal, burnt, co2_dry, dry_gas
from firmware_sim.instruments import Cabinets
from firmware_sim.plant import Process, Unit, UnitSpec
from firmware_sim.recording import record
from firmware_sim.registers import DEMO
from firmware_sim.span import Span
from firmware_sim.truth import Tally

FAULTS = ["air-leak@1T10:00/2T03:00=5%", "span-drift:co2@1T05:00=4%", "stuck:o2@2T01:00", "pitot-plugging@1T23:00=9%"]


@st.composite
def coals(draw: st.DrawFn) -> Coal:
    parts = [
        draw(st.floats(low, high)) for low, high in ((0.2, 0.9), (0, 0.06), (0, 0.05), (0, 0.02), (0, 0.2), (0, 0.4))
    ]
    ash = draw(st.floats(0, 0.4))
    total = sum(parts) + ash
    scaled = [p / total for p in parts]
    return Coal(*scaled, max(0.0, 1.0 - sum(scaled)))


@given(coal=coals(), o2=st.floats(0.0, 0.15), oxidation=st.floats(0.9, 1.0))
def test_carbon_of_the_coal_is_carbon_of_the_gas(coal: Coal, o2: float, oxidation: float) -> None:
    flame = burnt(coal, oxidation)
    carbon_out = dry_gas(flame, o2) * co2_dry(flame, o2) * 12.011
    assert abs(carbon_out - coal.carbon * oxidation) <= 1e-12


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**63 - 1),
    rated=st.floats(50, 1000),
    leakage=st.floats(0, 0.15),
    oxidation=st.floats(0.95, 1.0),
)
def test_coal_in_is_co2_out_at_every_load(seed: int, rated: float, leakage: float, oxidation: float) -> None:
    spec = UnitSpec(rated_mw=rated, air_leakage=leakage, oxidation=oxidation)
    unit = Unit(Span.of_month("2026-03"), seed, spec)
    process = unit.run(10**6)
    per_minute = np.repeat(np.asarray(unit.coal.carbon), 1440)
    coal_side = process.coal_t_h * per_minute * oxidation * 44.0095 / 12.011
    kmol = process.dry_flow_m3_h / 22.41397 * process.co2_pct / 100
    stack_side = np.where(process.running, kmol * 44.0095 / 1000, 0.0)
    np.testing.assert_allclose(process.co2_t_h, coal_side, rtol=1e-12)
    np.testing.assert_allclose(stack_side, coal_side, rtol=1e-9, atol=1e-12)
    wet = process.velocity_m_s * spec.kv * spec.area_m2 * 3600
    standard = wet * 273.15 / (273.15 + process.temperature_c)
    standard *= (process.barometric_pa + process.static_pa) / 101325 * (1 - process.moisture_pct / 100)
    np.testing.assert_allclose(standard, process.dry_flow_m3_h, rtol=1e-12)


def test_a_whole_run_is_the_same_however_it_is_cut() -> None:
    whole = carried([2880])
    assert len(whole[0]) == 2880

    @settings(max_examples=20, deadline=None)
    @given(st.lists(st.integers(1, 1500), min_size=1, max_size=12))
    def cut(sizes: list[int]) -> None:
        process, frames, hours = carried([*sizes, 2880])
        for field in fields(Process):
            assert np.array_equal(getattr(process, field.name), getattr(whole[0], field.name)), field.name
        assert frames == whole[1]
        assert hours == whole[2]

    cut()


def carried(sizes: list[int]) -> tuple[Process, dict[int, bytes], list[bytes]]:
    """Process, registers and hourly truth of two days, made in chunks of these sizes."""
    spec = RunSpec("2026-03", seed=11, days=2)
    span = Span.of_month(spec.month, spec.days)
    unit = Unit(span, spec.seed)
    cabinets, tally = Cabinets(spec.seed, 8.0, parse_faults(FAULTS, span)), Tally(span)
    chunks = [chunk for size in sizes if len(chunk := unit.run(size))]
    for chunk in chunks:
        tally.add(chunk)
    recording = record(DEMO, (cabinets.read(chunk) for chunk in chunks))
    whole = Process(**{f.name: np.concatenate([getattr(c, f.name) for c in chunks]) for f in fields(Process)})
    return whole, recording.frames, [column.tobytes() for column in tally.hourly().values()]

"""Scans become the figures of HJ 212 packets; expected values are worked out by hand beside them."""

from __future__ import annotations

import pytest

from cems.channels import ORDER, Channel
from cems.flags import Flag
from cems.hj212.compose import Station, data_packet
from cems.hj212.content import Kind, Statement
from cems.hj212.encode import encode
from cems.hj212.version import Version
from cems.plant import Point
from cems.scan import Scan, StampedBy
from gateway.upload.config import UploadConfig, UploadPoint
from gateway.upload.factors import PointFactors
from gateway.upload.figures import day_start, length_ms, period, realtime, start_of
from gateway.upload.minutes import Minute, packed, unpacked
from tests.unit.gateway import plants

MN = "010000A8900016F000169DC0"
MIDNIGHT = 1_772_294_400_000
"""2026-03-01T00:00:00+08:00."""


def config(**more: object) -> UploadConfig:
    told = {"name": "province", "host": "platform", "port": 9000, "point": [{"code": "stack-1", "mn": MN}]}
    return UploadConfig.model_validate({**told, **more})


def scan(
    values: dict[str, float | None], flags: dict[str, str] | None = None, at: int = MIDNIGHT, seq: int = 1
) -> Scan:
    told = [values.get(channel) for channel in ORDER]
    letters = "".join((flags or {}).get(c, "N" if values.get(c) is not None else "x") for c in ORDER)
    return Scan("stack-1", at, at, StampedBy.DEVICE, 1, 1, tuple(told), letters, b"")


def wet_point(*, moisture: bool = True) -> Point:
    raw = plants.stack_point()
    gas, flow = raw["instrument"]  # type: ignore[misc]
    for row in gas["register"]:
        row["basis"] = "wet"
    if not moisture:
        flow["register"] = [row for row in flow["register"] if row["channel"] != "moisture"]
    return plants.point(raw)


def factors(point: Point | None = None, **more: object) -> PointFactors:
    upload = config(**more)
    return PointFactors(point or plants.point(plants.stack_point()), upload, upload.point[0])


def test_what_is_installed_is_told_under_its_code() -> None:
    found = factors().readings(
        scan({"co2": 12.0, "o2": 6.5, "velocity": 12.5, "temperature": 52.0, "pressure": -150.0})
    )
    assert found["a05001"] == (12.0, Flag.NORMAL)
    assert found["a01013"] == (-150.0, Flag.NORMAL)
    assert found["a00000"] == (2_700_000.0, Flag.NORMAL), "3600 s/h x 60 m2 x Kv 1 x 12.5 m/s"
    assert "a01014" not in found, "flag x: not there"


def test_kv_belongs_to_the_flow() -> None:
    raw = plants.stack_point() | {"kv": 1.05}
    found = factors(plants.point(raw)).readings(scan({"velocity": 12.0}))
    assert found["a00000"][0] == pytest.approx(2_721_600.0), "the golden example of China sheet A.3: Qs"


def test_a_flow_meter_goes_before_the_velocity() -> None:
    raw = plants.stack_point()
    raw["instrument"][1]["register"].append({"channel": "flow", "address": 9})  # type: ignore[index]
    found = factors(plants.point(raw)).readings(scan({"velocity": 12.0, "flow": 1000.0}))
    assert found["a00000"] == (1000.0, Flag.NORMAL)


def test_wet_concentrations_are_told_dry() -> None:
    """10.44 % wet at 13 % moisture is 12 % dry (China sheet A.3)."""
    read = scan({"co2": 10.44, "o2": 5.655, "moisture": 13.0})
    found = factors(wet_point()).readings(read)
    assert found["a05001"][0] == pytest.approx(12.0)
    assert found["a19001"][0] == pytest.approx(6.5)
    assert factors(wet_point(), basis="as-measured").readings(read)["a05001"] == (10.44, Flag.NORMAL)


@pytest.mark.parametrize(
    ("moisture", "flag", "told"),
    [(None, "D", Flag.FAULT), (13.0, "C", Flag.CALIBRATION), (100.0, "N", Flag.FAULT), (-0.1, "N", Flag.FAULT)],
)
def test_without_moisture_there_is_no_dry_value(moisture: float | None, flag: str, told: Flag) -> None:
    read = scan({"co2": 10.44, "moisture": moisture}, {"moisture": flag})
    assert factors(wet_point()).readings(read)["a05001"] == (None, told)


def test_a_wet_point_without_moisture_is_a_fault_of_the_file() -> None:
    assert factors(wet_point(moisture=False)).dryless
    assert not factors(wet_point()).dryless
    assert not factors(wet_point(moisture=False), basis="as-measured").dryless


@pytest.mark.parametrize(("letter", "wire"), [("v", "D"), ("T", "T"), ("B", "B"), ("M", "M"), ("c", "D")])
def test_flags_of_our_own_are_a_fault_of_the_device_there(letter: str, wire: str) -> None:
    found = factors().readings(scan({"co2": 12.0}, {"co2": letter}))
    assert found["a05001"] == (12.0, Flag(wire))


def test_realtime_says_what_was_read() -> None:
    readings = factors().readings(
        scan({"co2": 12.0, "o2": None, "pressure": -120.0, "temperature": 700.0}, {"o2": "C", "temperature": "T"})
    )
    said = realtime(MN, MIDNIGHT + 1500, readings, config())
    assert said.values["a05001"]["Rtd"] == pytest.approx(235_714.2857)
    assert said.values["a01013"] == {"Rtd": -0.12}
    assert said.values["a01012"] == {"Rtd": 700.0}
    assert (said.flags["a01012"], said.flags["a19001"]) == ("T", "C")
    assert "a19001" not in said.values
    assert b"DataTime=20260301000001" in written(said)


def test_a_value_that_the_wire_cannot_hold_is_above_range() -> None:
    """O2 has two digits before the point in HJ 212-2025."""
    said = realtime(MN, MIDNIGHT, factors().readings(scan({"o2": 123.0}, {"o2": "T"})), config())
    assert "a19001" not in said.values
    assert said.flags["a19001"] == "T"


def test_units_by_agreement() -> None:
    said = realtime(MN, MIDNIGHT, factors().readings(scan({"co2": 12.0})), config(units={"co2": "%"}))
    assert b"a05001-Rtd=12.000" in written(said)


def over(kind: Kind, minutes: dict[int, Minute], upload: UploadConfig) -> Statement:
    return period(kind, MN, (MIDNIGHT, MIDNIGHT + length_ms(kind, upload)), minutes, upload)


def written(said: Statement) -> bytes:
    return encode(data_packet(said, Station(MN, "123456", version=Version.V2025), "20260301000000000"))


def minutes(count: int, co2: float = 12.0, start: int = MIDNIGHT, flag: str = "N") -> dict[int, Minute]:
    found = {}
    for n in range(count):
        minute = Minute()
        minute.add(factors().readings(scan({"co2": co2, "velocity": 12.5}, {"co2": flag})))
        found[start + 60_000 * n] = unpacked(packed(minute))
    return found


@pytest.mark.parametrize(("count", "flag"), [(44, "B"), (45, "N")])
def test_an_hour_of_44_and_of_45_minutes(count: int, flag: str) -> None:
    said = over(Kind.HOUR, minutes(count), config())
    assert said.flags == {"a05001": flag, "a01011": flag, "a00000": flag}
    if flag == "N":
        assert said.values["a00000"]["Cou"] == pytest.approx(2_700_000.0)
        assert said.values["a00000"]["Avg"] == pytest.approx(750.0)
        assert b"a05001-Min=235714.286,a05001-Avg=235714.286,a05001-Max=235714.286,a05001-Flag=N" in written(said)
    else:
        assert said.values == {}
        assert written(said).count(b"-Flag=B") == 3


@pytest.mark.parametrize(("hours", "flag"), [(19, "F"), (20, "N"), (24, "N")])
def test_a_day_of_19_and_of_20_hours(hours: int, flag: str) -> None:
    """Stopped in the others; gas is added up only where all 24 hours count (eq. 32)."""
    here = minutes(60 * hours) | minutes(60 * (24 - hours), flag="F", start=MIDNIGHT + hours * 3_600_000)
    said = over(Kind.DAY, here, config())
    assert said.flags["a05001"] == flag
    assert said.flags["a00000"] == "N"
    assert said.values["a00000"]["Cou"] == pytest.approx(64_800_000.0)
    fewer = over(Kind.DAY, minutes(60 * 23), config())
    assert "Cou" not in fewer.values["a00000"]
    assert fewer.values["a00000"]["Avg"] == pytest.approx(750.0)


def test_minute_packets_of_one_and_of_ten_minutes() -> None:
    """60 readings of 12 % in one minute; an interval of ten needs eight (project choice)."""
    one = over(Kind.MINUTE, minutes(1), config())
    assert one.values["a00000"]["Cou"] == pytest.approx(45_000.0), "750 m3/s for 60 s"
    ten = config(minute_interval=10)
    assert over(Kind.MINUTE, minutes(10), ten).values["a00000"]["Cou"] == pytest.approx(450_000.0)
    eight = over(Kind.MINUTE, minutes(8), ten)
    assert set(eight.values["a00000"]) == {"Min", "Avg", "Max"}
    assert over(Kind.MINUTE, minutes(7), ten).flags["a05001"] == "B"


def test_periods_begin_as_the_standard_names_them() -> None:
    upload = config(minute_interval=10)
    at = MIDNIGHT + 3_600_000 + 12 * 60_000 + 34_567
    assert start_of(Kind.MINUTE, at, upload) == MIDNIGHT + 3_600_000 + 600_000
    assert start_of(Kind.HOUR, at, upload) == MIDNIGHT + 3_600_000
    assert start_of(Kind.DAY, at, upload) == MIDNIGHT == day_start(MIDNIGHT)
    assert start_of(Kind.DAY, MIDNIGHT - 1, upload) == MIDNIGHT - 86_400_000
    assert start_of(Kind.REALTIME, at, upload) == at
    assert length_ms(Kind.MINUTE, upload) == 600_000


def test_the_largest_packet_fits_into_one() -> None:
    """Every channel at its widest: were it split, a platform might acknowledge a part for the whole."""
    raw = plants.stack_point()
    raw["instrument"][1]["register"].append({"channel": "flow", "address": 9})  # type: ignore[index]
    most = {"co2": 100.0, "o2": 25.0, "velocity": 60.0, "flow": 2.0e7, "temperature": -600.0, "pressure": -20_000.0}
    read = scan({**most, "barometric": 110_000.0, "moisture": 99.999})
    found = factors(plants.point(raw)).readings(read)
    assert len(found) == 8
    day: dict[int, Minute] = {}
    for n in range(1440):
        day[MIDNIGHT + n * 60_000] = minute = Minute()
        minute.add(found)
    said = over(Kind.DAY, day, config())
    assert len(said.values) == 8
    assert len(written(said)) < 1024


def test_minutes_add_up_however_they_are_parted() -> None:
    whole, first, second = Minute(), Minute(), Minute()
    for n in range(10):
        readings = factors().readings(scan({"co2": float(n), "o2": 6.0}, {"o2": "C" if n % 2 else "N"}))
        whole.add(readings)
        (first if n < 4 else second).add(readings)
    first.merge(unpacked(packed(second)))
    assert first == whole
    assert unpacked(packed(whole)) == whole
    assert unpacked(packed(Minute())) == Minute()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"name": "ingest"}, "the name ingest"),
        ({"realtime_s": 29}, "realtime_s is 0 or 30"),
        ({"minute_interval": 7}, "minute_interval is 0 or one of"),
        ({"realtime_s": 0, "minute_interval": 0, "hour": "off", "day": "off"}, "nothing is to be sent"),
        ({"password_env": "A", "password_file": "b"}, "password_env or password_file, not both"),
        ({"key_env": "A", "version": 2017}, "encryption belongs to version 2025"),
        ({"point": [{"code": "a", "mn": "M"}, {"code": "a", "mn": "M"}]}, "mn 'M' stands twice"),
        ({"units": {"co2": "kg"}}, "'kg' is no unit of co2"),
        ({"units": {"load": "MW"}}, "HJ 212 has no code for load"),
    ],
)
def test_faults_of_the_file(more: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        config(**more)


def test_channels_can_be_chosen() -> None:
    upload = config()
    told = UploadPoint(code="stack-1", mn=MN, channels=(Channel.CO2, Channel.FLOW))
    found = PointFactors(plants.point(plants.stack_point()), upload, told)
    assert set(found.readings(scan({"co2": 12.0, "o2": 6.5, "velocity": 1.0}))) == {"a05001", "a00000"}

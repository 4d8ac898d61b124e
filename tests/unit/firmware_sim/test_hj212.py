"""The simulated data loggers write what the standard has, and read what they are told."""

from __future__ import annotations

import pytest

from firmware_sim.hj212_packets import LoggerPacket, Oddity, acknowledged, crc, framed
from tests.hj212_packets import PACKETS
from tests.servers import logger

PACKET = LoggerPacket(
    "20260115100000123",
    "31",
    logger.MN,
    "123456",
    "20260115100000",
    ("a05001-Rtd=12.5,a05001-Flag=N", "a19001-Rtd=6.5,a19001-Flag=N"),
)


@pytest.mark.parametrize("name", [name for name in PACKETS if name != "P7"])
def test_the_checksum_is_that_of_packets_from_outside(name: str) -> None:
    data, check = PACKETS[name][6:-4], PACKETS[name][-4:]
    assert f"{crc(data.encode()):04X}" == check.upper()


def test_a_packet_and_the_same_sent_again() -> None:
    first, again = (logger.fields(framed(PACKET.data(resent=resent))) for resent in (False, True))
    assert first["Flag"] == "9"
    assert first["CP"] == f"DataTime=20260115100000;{';'.join(PACKET.groups)}"
    assert again == {**first, "RF": "1"}


def test_parts_repeat_the_time() -> None:
    parts = [logger.fields(framed(text)) for text in PACKET.parts(resent=False)]
    assert [(part["Flag"], part["PNUM"], part["PNO"]) for part in parts] == [("11", "2", "1"), ("11", "2", "2")]
    assert [part["CP"] for part in parts] == [f"DataTime=20260115100000;{group}" for group in PACKET.groups]


def test_oddities_change_the_frame_only() -> None:
    text = PACKET.data(resent=False)
    plain = framed(text)
    assert framed(text, frozenset([Oddity.STICKY])) == plain[:-2]
    assert framed(text, frozenset([Oddity.LOWER_CASE_CRC])) == plain[:-6] + plain[-6:].lower()


def test_only_acknowledgements_of_data_count() -> None:
    told = bytearray()
    for cn, qn in (("9014", "1"), ("9011", "2"), ("9014", "3")):
        told += framed(f"QN={qn};ST=91;CN={cn};PW=1;MN=A;Flag=8;CP=&&&&")
    rest = framed("QN=4;ST=91;CN=9014;PW=1;MN=A;Flag=8;CP=&&&&")
    told += rest[:20]
    assert list(acknowledged(told)) == ["1", "3"]
    told += rest[20:]
    assert list(acknowledged(told)) == ["4"]

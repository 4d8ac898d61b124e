"""What is counted of data loggers, on the Prometheus page."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, generate_latest

from gateway.metrics import Tally, TallyCollector


def test_the_page_shows_what_is_counted() -> None:
    tally = Tally()
    packets = tally.packets
    packets.oddities["l-1", "wrong_crc"] += 3
    packets.refused["unknown_mn"] += 2
    packets.unused["l-1", "2061"] += 1
    packets.replies["9014"] += 7
    packets.resent["l-1"] += 4
    packets.commands["l-1", "set"] += 1
    packets.connections = 5
    registry = CollectorRegistry()
    registry.register(TallyCollector(tally))
    page = generate_latest(registry).decode()
    for line in (
        'hj212_oddities_total{instrument="l-1",kind="wrong_crc"} 3.0',
        'hj212_refused_total{reason="unknown_mn"} 2.0',
        'hj212_unused_total{command="2061",instrument="l-1"} 1.0',
        'hj212_replies_total{command="9014"} 7.0',
        'hj212_resent_total{instrument="l-1"} 4.0',
        'hj212_commands_total{end="set",instrument="l-1"} 1.0',
        "hj212_connections 5.0",
    ):
        assert f"flueledger_gateway_{line}\n" in page

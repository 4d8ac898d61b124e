"""``flueledger ingest``: from the broker into the database."""

from __future__ import annotations

import logging
import signal
from typing import Annotated

import typer
from prometheus_client import start_http_server

from cems.errors import ConfigError, Fault, StoreUnavailableError
from ingest.metrics import Metrics
from ingest.service import Service
from ingest.subscriber import BrokerAddress, Subscriber
from ingest.writer import Writer

app = typer.Typer(no_args_is_help=True, help="Carry scans from the MQTT broker into the database, each exactly once.")


@app.callback()
def _group() -> None:
    """Keep ``run`` a subcommand."""


@app.command()
def run(
    dsn: Annotated[
        str, typer.Option(envvar="FLUELEDGER_DSN", help="PostgreSQL or TimescaleDB, e.g. postgresql:///co2")
    ],
    host: Annotated[str, typer.Option(envvar="FLUELEDGER_MQTT_HOST", help="MQTT broker")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="FLUELEDGER_MQTT_PORT", min=1, max=65535)] = 1883,
    protocol: Annotated[
        str, typer.Option(envvar="FLUELEDGER_MQTT_PROTOCOL", help="5, or 3.1.1 for brokers that speak no 5")
    ] = "5",
    username: Annotated[str | None, typer.Option(envvar="FLUELEDGER_MQTT_USERNAME")] = None,
    password: Annotated[
        str | None, typer.Option(envvar="FLUELEDGER_MQTT_PASSWORD", help="Better given by the environment")
    ] = None,
    tls_ca: Annotated[str | None, typer.Option(envvar="FLUELEDGER_MQTT_CA", help="CA file; turns TLS on")] = None,
    client_id: Annotated[
        str, typer.Option(help="Name of the persistent session; two ingests on one broker need two names")
    ] = "flueledger-ingest",
    metrics_port: Annotated[int, typer.Option(help="Prometheus port on loopback, 0 for none", min=0, max=65535)] = 0,
) -> None:
    """Subscribe to all gateways, write their scans, acknowledge after the commit.

    A message that cannot be read is kept with its bytes in the table `quarantine`. While the database is away nothing
    is acknowledged and nothing is lost: the gateways keep their scans. Ends on SIGTERM or Ctrl-C.
    """
    if protocol not in ("5", "3.1.1"):
        raise typer.BadParameter("expected 5 or 3.1.1", param_hint="--protocol")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s ingest %(levelname)s %(message)s")
    writer = Writer(dsn)
    try:
        writer.open()
    except StoreUnavailableError as error:
        logging.getLogger(__name__).warning("%s; will keep trying", error)
    address = BrokerAddress(host, port, "5" if protocol == "5" else "3.1.1", username, password, tls_ca)
    metrics = Metrics()
    subscriber = Subscriber(address, client_id)
    if metrics_port:
        try:
            start_http_server(metrics_port, addr="127.0.0.1", registry=metrics.registry)
        except OSError as error:
            raise ConfigError("ingest", [Fault(0, "metrics_port", f"{metrics_port}: {error}")]) from error
    service = Service(subscriber, writer, metrics)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: service.stop())
    service.run()

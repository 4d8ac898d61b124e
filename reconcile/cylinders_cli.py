"""``flueledger qa cylinders`` and ``qa instruments``: what checks are made with, and on what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cems.clock import zone_of
from cems.plant import Plant
from cems.plantfile import load_plant
from reconcile import pipeline
from reconcile.options import Dsn, PlantFile
from reconcile.quality.records import Done
from reconcile.store import Store
from reconcile.stored.cylinders import Cylinder, load_cylinders, save_cylinder, unusable
from reconcile.stored.quality import load_checks

app = typer.Typer(no_args_is_help=True, help="Calibration gases: certificates, and when they expire.")
Day = Annotated[datetime, typer.Option("--expires", formats=["%Y-%m-%d"], help="Last day on which it may be used")]
_SOON_DAYS = 60
"""A cylinder that expires within this time is worth a word (project choice)."""


@app.command()
def add(
    dsn: Dsn,
    plant: PlantFile,
    number: Annotated[str, typer.Argument(help="Number on the cylinder")],
    gas: Annotated[str, typer.Option("--gas", help="What it holds, such as 'CO2 in N2'")],
    nominal: Annotated[float, typer.Option("--nominal", min=0, help="Certified value")],
    certificate: Annotated[str, typer.Option("--certificate", help="Number of the certificate")],
    expires: Day,
    unit: Annotated[str, typer.Option("--unit", help="Unit of the certified value")] = "%",
    uncertainty: Annotated[
        float | None, typer.Option("--uncertainty-pct", min=0, help="Expanded relative uncertainty, %")
    ] = None,
) -> None:
    """Record a certificate. A later one of the same number takes its place; the earlier stays in the history."""
    site = load_plant(plant)
    cylinder = Cylinder(number, gas, nominal, unit, uncertainty, certificate, expires.date())
    with Store(dsn) as store:
        save_cylinder(store, site.enterprise.code, cylinder)
    typer.echo(f"recorded: {gas} {nominal:g} {unit}, certificate {certificate}, until {cylinder.expires}")


@app.command("list")
def listed(
    dsn: Dsn,
    plant: PlantFile,
    on: Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="As of this day; today")] = None,
) -> None:
    """The certificates in force, the first to expire first; exit 1 when one has expired."""
    site = load_plant(plant)
    day = on.date() if on else pipeline.now().date()
    with Store(dsn) as store:
        cylinders = load_cylinders(store, site.enterprise.code)
    table = Table(title=f"Calibration gases 标准气体, as of {day}")
    for name in ("number", "gas", "certified", "U", "certificate", "expires", ""):
        table.add_column(name)
    for one in cylinders:
        uncertainty = "" if one.u_rel_pct is None else f"{one.u_rel_pct:g} %"
        value = f"{one.nominal:g} {one.unit}"
        table.add_row(one.number, one.gas, value, uncertainty, one.certificate, str(one.expires), _state(one, day))
    Console(highlight=False).print(table if cylinders else "no cylinder has been recorded yet")
    if any(one.expired(day) for one in cylinders):
        raise typer.Exit(1)


def unusable_ones(store: Store, site: Plant, records: Sequence[Done]) -> list[str]:
    """What is wrong with the cylinders that some checks name; the checks are kept all the same."""
    named = [(str(number), record) for record in records if (number := getattr(record, "cylinder", ""))]
    cylinders = load_cylinders(store, site.enterprise.code) if named else ()
    zone = zone_of(site.enterprise.utc_offset_hours)
    found = (unusable(cylinders, number, record.performed.astimezone(zone).date()) for number, record in named)
    return [said for said in found if said]


def _state(cylinder: Cylinder, day: date) -> str:
    if cylinder.expired(day):
        return "[red]expired[/]"
    left = (cylinder.expires - day).days
    return f"[yellow]{left} days left[/]" if left <= _SOON_DAYS else ""


def instruments(dsn: Dsn, plant: PlantFile) -> None:
    """The instruments of the plant file, with the last check of each channel and whether it was passed."""
    site = load_plant(plant)
    with Store(dsn) as store:
        entries = load_checks(store, site.enterprise.code, None)
    last = {(e.point, e.channel): e for e in sorted(entries, key=lambda e: e.performed_ms)}
    table = Table(title="Instruments 仪器")
    for name in ("point", "instrument", "make", "serial", "channel", "range", "last check", "result"):
        table.add_column(name)
    for point in site.point:
        for instrument in point.instrument:
            for row in instrument.rows:
                low, high = row.limits
                entry = last.get((point.code, row.channel))
                check = (entry.kind, entry.outcome.value) if entry else ("none", "")
                about = (instrument.make or "not stated", instrument.serial or "not stated")
                table.add_row(point.code, instrument.code, *about, row.channel.value, f"{low:g} to {high:g}", *check)
    Console(highlight=False).print(table)

"""``flueledger allocation``: allowances of a unit, what a difference in tonnes is worth, fines. Estimates all."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console

from cems.errors import RuleError
from reconcile.allocation.compliance import Penalty, ccer_limit, falsification, late_surrender
from reconcile.allocation.estimate import Basis
from reconcile.allocation.exposure import PRICES, Exposure, exposure, prices_of
from reconcile.allocation.load_factor import CANDIDATES_2023, STRATEGIES
from reconcile.allocation.sectors import SECTORS, SPECIAL_LINES, allocate_sector
from reconcile.allocation.unit import CLASSES, Allocation, UnitYear, allocate
from reconcile.parameters import Parameters, load_parameters, override_paths

app = typer.Typer(no_args_is_help=True, help="What CO2 costs in China's national market: estimates, with their basis.")
_Name = TypeVar("_Name", bound=str)

Class = Annotated[str, typer.Option("--class", help=f"Class of Table 2: {', '.join(CLASSES)}")]
Year = Annotated[int, typer.Option(help="Year of the emissions")]
Generated = Annotated[float, typer.Option("--generated-mwh", help="Gross generation [MWh]")]
Heat = Annotated[float, typer.Option("--heat-gj", help="Heat supplied [GJ]")]
Verified = Annotated[float, typer.Option("--verified-t", help="Verified direct emissions [t CO2]")]
LoadFactor = Annotated[float | None, typer.Option("--load-factor", help="Load factor of the unit, 0 to 1")]
Before = Annotated[float | None, typer.Option("--previous-verified-t", help="Verified emissions of the year before")]
Strategy = Annotated[
    list[str] | None,
    typer.Option(help=f"Load-factor correction, repeatable: {', '.join(STRATEGIES)}; both of 2023/24 where none"),
]
Overrides = Annotated[
    list[str] | None, typer.Option("--parameters", help="Parameter file, or the name of a shipped set; repeatable")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON")]


@app.command()
def unit(
    unit_class: Class,
    year: Year,
    generated_mwh: Generated,
    verified_t: Verified,
    heat_gj: Heat = 0.0,
    load_factor: LoadFactor = None,
    previous_verified_t: Before = None,
    strategy: Strategy = None,
    parameters: Overrides = None,
    *,
    as_json: Json = False,
) -> None:
    """Allowances of a power unit by Table 2 of the 2023/2024 plan, and the gap to its verified emissions.

    Example: flueledger allocation unit --class coal_over_300mw --year 2024 --generated-mwh 1800000 --heat-gj 2000000
    --verified-t 1750000 --load-factor 0.7
    """
    table = load_parameters(override_paths(parameters))
    row = _row(unit_class, year, generated_mwh, heat_gj, verified_t, load_factor, previous_verified_t)
    found = [allocate(row, table, name) for name in _strategies(row, strategy, table)]
    _put(found, as_json, lambda made: _allocation(made, ccer_limit(verified_t, table).value_t))


@app.command("exposure")
def exposure_(
    unit_class: Class,
    year: Year,
    generated_mwh: Generated,
    verified_t: Verified,
    delta_t: Annotated[float, typer.Option("--delta-t", help="Difference to be added to the emissions [t CO2]")],
    heat_gj: Heat = 0.0,
    load_factor: LoadFactor = None,
    price_low: Annotated[float | None, typer.Option(help="Low price [RMB/t]; none is assumed")] = None,
    price_mid: Annotated[float | None, typer.Option(help="Middle price [RMB/t]; close of 2024 where none")] = None,
    price_high: Annotated[float | None, typer.Option(help="High price [RMB/t]; none is assumed")] = None,
    strategy: Strategy = None,
    parameters: Overrides = None,
    *,
    as_json: Json = False,
) -> None:
    """What a difference of some tonnes, such as monitoring less accounting, is worth at three prices.

    Example: flueledger allocation exposure --class coal_over_300mw --year 2024 --generated-mwh 1800000
    --verified-t 1750000 --load-factor 0.7 --delta-t 12000 --price-low 60 --price-high 110
    """
    table = load_parameters(override_paths(parameters))
    row = _row(unit_class, year, generated_mwh, heat_gj, verified_t, load_factor, None)
    prices = prices_of(table, price_low, price_mid, price_high)
    found = [exposure(row, delta_t, prices, table, name) for name in _strategies(row, strategy, table)]
    _put(found, as_json, _exposure)


@app.command()
def sector(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(SECTORS)}")],
    year: Year,
    verified_t: Verified,
    special_line: Annotated[
        str | None, typer.Option(help="Special cement line: white_clinker_only or gypsum_to_sulfuric_acid")
    ] = None,
    carbide_slag_pct: Annotated[float | None, typer.Option(help="Carbide slag of a cement line [%]")] = None,
    parameters: Overrides = None,
    *,
    as_json: Json = False,
) -> None:
    """Allowances of a steel, cement or aluminium plant, as far as the plan is known.

    Example: flueledger allocation sector cement --year 2024 --verified-t 1225918
    """
    table = load_parameters(override_paths(parameters))
    known = _one_of("sector", name, SECTORS)
    special = None if special_line is None else _one_of("special line", special_line, SPECIAL_LINES)
    found = allocate_sector(known, year, verified_t, table, special_line=special, carbide_slag_pct=carbide_slag_pct)
    final = "no number" if found.final_t is None else f"{found.final_t:,.0f} t"
    lines = [f"allowances {name} {year} (estimate): {final}; {found.reason}"]
    lines += [f"marginal value of one tonne: {found.marginal:g}; {found.marginal_why}", *_basis(found.basis)]
    _put([found], as_json, lambda _: lines)


@app.command()
def penalty(
    missing_t: Annotated[float | None, typer.Option(help="Allowances not surrendered in time [t]")] = None,
    month_mean_price: Annotated[float | None, typer.Option(help="Mean price of the month before [RMB/t]")] = None,
    illegal_gains: Annotated[float | None, typer.Option(help="Illegal gains from falsified data [RMB]")] = None,
    *,
    body: Annotated[bool, typer.Option("--verification-body", help="Of a verification or testing body")] = False,
    as_json: Json = False,
) -> None:
    """The range of a fine: for missing allowances with a price, else for falsified data.

    Example: flueledger allocation penalty --missing-t 10000 --month-mean-price 70
    """
    table = load_parameters()
    if missing_t is None:
        found = falsification(table, illegal_gains_rmb=illegal_gains, verification_body=body)
    elif month_mean_price is None:
        raise RuleError("--missing-t needs --month-mean-price, the mean price of the month before the deadline")
    else:
        found = late_surrender(missing_t, month_mean_price, table)
    _put([found], as_json, _penalty)


def _row(
    unit_class: str,
    year: int,
    generated_mwh: float,
    heat_gj: float,
    verified_t: float,
    load_factor: float | None,
    previous: float | None,
) -> UnitYear:
    known = _one_of("unit class", unit_class, CLASSES)
    return UnitYear(known, year, generated_mwh, heat_gj, verified_t, load_factor, previous)


def _one_of(what: str, asked: str, known: tuple[_Name, ...]) -> _Name:
    for name in known:
        if name == asked:
            return name
    raise RuleError(f"there is no {what} {asked!r}; there are {', '.join(known)}")


def _strategies(row: UnitYear, asked: list[str] | None, table: Parameters) -> list[str]:
    """The strategies to show: those asked for, else both candidates where they differ."""
    if asked:
        return asked
    if row.unit_class == "gas" or row.load_factor is None:
        return ["none"]
    names = list(CANDIDATES_2023)
    made = {allocate(row, table.fresh(), name).correction for name in names}
    return names if len(made) > 1 else names[:1]


def _put(found: list[Any], as_json: bool, lines: Callable[[Any], list[str]]) -> None:  # noqa: FBT001 - as given
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in found], indent=1, ensure_ascii=False))
        return
    console = Console(highlight=False, soft_wrap=True)
    for each in found:
        for line in lines(each):
            console.print(line, markup=False)


def _allocation(made: Allocation, ccer_t: float) -> list[str]:
    kind = "deficit" if made.gap_t > 0 else "surplus"
    lines = [
        f"allowances {made.unit.unit_class} {made.unit.year} (estimate), load-factor correction {made.strategy}",
        f"  power      {made.power_t:>14,.0f} t  = {made.unit.generated_mwh:,.10g} MWh × "
        f"{made.benchmark.power_t_per_mwh:g} × {made.correction:.4f}",
        f"  heat       {made.heat_t:>14,.0f} t  = {made.unit.heat_gj:,.10g} GJ × {made.benchmark.heat_t_per_gj:g}",
        f"  allowances {made.final_t:>14,.0f} t  {_BINDING[made.binding]}",
        f"  verified   {made.unit.verified_t:>14,.0f} t",
        f"  {kind:<10} {abs(made.gap_t):>14,.0f} t",
        f"  CCER limit {ccer_t:>14,.0f} t",
    ]
    if made.preallocated_t is not None:
        lines.append(f"  pre-alloc. {made.preallocated_t:>14,.0f} t  set off later")
    return [*lines, *_basis(made.basis)]


_BINDING = {
    "none": "by benchmark",
    "deficit_cap": "lifted by the deficit cap",
    "gas_exemption": "lifted to verified emissions, gas exemption",
}


def _exposure(found: Exposure) -> list[str]:
    lines = [
        f"{found.delta_t:+,.0f} t on {found.before.unit.verified_t:,.0f} t (estimate), {found.before.strategy}",
        f"  gap before {found.before.gap_t:+,.0f} t, after {found.after.gap_t:+,.0f} t: {found.obligation_t:+,.0f} t",
        f"  next tonne {found.marginal:g}: {found.marginal_why}",
    ]
    for name in PRICES:
        price, cost = found.prices[name], found.cost_rmb[name]
        money = "no number" if cost is None else f"{cost:+,.0f} RMB at {price.rmb_per_t:g} RMB/t"
        lines.append(f"  {name:<5}{money}  ({price.source})")
    lines.append(f"  next year's pre-allocation {found.next_preallocation_t:+,.0f} t, a matter of timing only")
    return [*lines, *_basis(found.basis)]


def _penalty(found: Penalty) -> list[str]:
    high = "not known" if found.high_rmb is None else f"{found.high_rmb:,.0f} RMB"
    lines = [f"fine (estimate): {found.low_rmb:,.0f} RMB to {high}"]
    if found.cut_t:
        lines.append(f"  and {found.cut_t:,.0f} t less next year; {found.also}")
    return [*lines, *_basis(found.basis)]


def _basis(basis: Basis) -> list[str]:
    lines = [f"  assumed: {note}" for note in basis.notes]
    return [*lines, *(f"  not verified: {text}" for text in basis.unverified)]

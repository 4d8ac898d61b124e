"""``flueledger anomalies``: what the engine found odd, and what people say of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cems.clock import from_ms, to_ms, zone_of
from cems.errors import FlueledgerError
from reconcile import pipeline
from reconcile.anomaly_life import NEXT, STATE_ZH, Kept, State, as_json, found_by
from reconcile.pilot import register
from reconcile.pilot.study_evaluation import evidence_text, words_of
from reconcile.store import Store
from reconcile.stored import anomalies as stored

app = typer.Typer(
    no_args_is_help=True,
    help="Anomalies: list them, explain or confirm them, close them. In a database (--dsn) or in the folder of a pilot "
    "study (--study): one of the two, and the answer says which.",
)
Dsn = Annotated[str | None, typer.Option(envvar="FLUELEDGER_DSN", help="Database that keeps the anomalies")]
StudyFolder = Annotated[
    Path | None, typer.Option("--study", help="Folder of a pilot study; goes before a database", file_okay=False)
]
Key = Annotated[str, typer.Argument(help="Key of the anomaly, or as much of its begin as no other has")]
Who = Annotated[str, typer.Option("--who", help="Who answers for it")]
Why = Annotated[str, typer.Option("--why", help="Why, for the verifier")]


@app.command("list")
def list_(
    dsn: Dsn = None,
    study: StudyFolder = None,
    state: Annotated[State | None, typer.Option(help="Only those that stand there")] = None,
    enterprise: Annotated[str | None, typer.Option(help="Only those of an enterprise")] = None,
    *,
    as_json_: Annotated[bool, typer.Option("--json", help="Print JSON, every figure in full")] = False,
) -> None:
    """List the anomalies with the state they are in."""
    kept, source = _load(dsn, study)
    rows = [k for k in kept if state in (None, k.state) and enterprise in (None, k.enterprise)]
    if as_json_:
        typer.echo(json.dumps([_json(k) for k in rows], ensure_ascii=False, indent=1))
        return
    table = Table(title=f"Anomalies 异常 in {source}")
    for name in ("key", "state", "point", "kind", "shows in", "onset (UTC+8)", "t at risk"):
        right = name.startswith("t ")
        table.add_column(name, justify="right" if right else "left", no_wrap=name == "key", overflow="fold")
    for k in rows:
        where = (f"{k.enterprise}/{k.point}", k.anomaly.kind, k.anomaly.channel)
        table.add_row(k.key, k.state.value, *where, _local(k.anomaly.onset_ms), f"{k.anomaly.tonnes:+,.0f}")
    Console(highlight=False).print(table if rows else f"no such anomaly in {source}")


@app.command()
def show(key: Key, dsn: Dsn = None, study: StudyFolder = None) -> None:
    """Show everything of one anomaly: evidence, interval of the onset, and its life so far."""
    kept, source = _load(dsn, study)
    one = found_by(kept, key)
    a, console = one.anomaly, Console(highlight=False, soft_wrap=True)
    console.print(f"{one.key}  {a.kind} at {one.enterprise}/{one.point}, {a.channel}   ({source})", style="bold")
    end = "lasts still" if a.end_ms is None else f"until {_local(a.end_ms)}"
    console.print(f"onset {_local(a.onset_ms)} ({_local(a.onset_low_ms)} to {_local(a.onset_high_ms)}), {end}")
    for language in ("en", "zh"):
        console.print(words_of(a, language, 8.0), markup=False)
    console.print(f"{a.tonnes:+,.1f} t CO2 at risk; evidence: {evidence_text(a) or 'none'}", markup=False)
    console.print(f"{_local(a.told_ms)}  open {STATE_ZH[State.OPEN]}  told by the engine", markup=False)
    for s in one.said:
        console.print(f"{_local(s.at_ms)}  {s.state.value} {STATE_ZH[s.state]}  {s.who}: {s.why}", markup=False)
    following = ", ".join(NEXT[one.state]) or "nothing more"
    console.print(f"may follow: {following}", style="dim")


@app.command()
def explain(key: Key, who: Who, why: Why, dsn: Dsn = None, study: StudyFolder = None) -> None:
    """Say that there is a good reason for an anomaly: no fault."""
    _say(key, State.EXPLAINED, who, why, dsn, study)


@app.command()
def confirm(key: Key, who: Who, why: Why, dsn: Dsn = None, study: StudyFolder = None) -> None:
    """Say that an anomaly is a fault."""
    _say(key, State.CONFIRMED, who, why, dsn, study)


@app.command()
def close(key: Key, who: Who, why: Why, dsn: Dsn = None, study: StudyFolder = None) -> None:
    """Close an anomaly that was explained or confirmed; nothing follows."""
    _say(key, State.CLOSED, who, why, dsn, study)


@app.command("import")
def import_(
    study: Annotated[Path, typer.Argument(help="Folder of a pilot study", exists=True, file_okay=False)],
    dsn: Annotated[str, typer.Option(envvar="FLUELEDGER_DSN", help="Database that is to keep them")],
) -> None:
    """Carry the anomalies of a study folder into the database with what was said of them; each is kept once."""
    kept = register.load_kept(study)
    with Store(dsn) as store:
        saved, said = stored.save_anomalies(store, kept), stored.save_said(store, kept)
    typer.echo(f"{len(kept)} anomalies, {saved} of them new or changed; {said} steps of their lives carried over")


def _load(dsn: str | None, study: Path | None) -> tuple[tuple[Kept, ...], str]:
    """The anomalies and where they come from: the folder where one is named, the database otherwise."""
    if study is not None:
        return register.load_kept(study), f"the study {study}"
    if dsn is None:
        raise FlueledgerError("name the folder of a study (--study) or a database (--dsn)")
    with Store(dsn) as store:
        return stored.load_anomalies(store), "the database"


def _say(key: str, wanted: State, who: str, why: str, dsn: str | None, study: Path | None) -> None:
    now = to_ms(pipeline.now())
    if study is not None:
        kept = register.say(study, key, wanted, who, why, now)
        source = f"the study {study}"
    elif dsn is not None:
        with Store(dsn) as store:
            kept = stored.say(store, key, wanted, who, why, now)
        source = "the database"
    else:
        raise FlueledgerError("name the folder of a study (--study) or a database (--dsn)")
    typer.echo(f"{kept.key} {kept.state.value} -> {wanted.value} in {source}")


def _json(kept: Kept) -> dict[str, object]:
    said = [{"state": s.state.value, "who": s.who, "why": s.why, "at": from_ms(s.at_ms).isoformat()} for s in kept.said]
    where = {"key": kept.key, "enterprise": kept.enterprise, "point": kept.point, "state": kept.state.value}
    return {**where, **as_json(kept.anomaly), "said": said}


def _local(instant_ms: int) -> str:
    return f"{from_ms(instant_ms).astimezone(zone_of(8)):%Y-%m-%d %H:%M}"

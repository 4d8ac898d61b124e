"""``scripts/bench soak``: the whole chain under random faults, and the count of what is lost and doubled."""

from __future__ import annotations

import argparse
import random
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from benchmarks.soak.chain import SoakChain
from benchmarks.soak.faults import faults_of
from cems.errors import FlueledgerError
from cems.lossbudget import Fate
from flueledger.connecting import connect
from flueledger.db import scan_counts
from flueledger.lossbudget import budgets
from flueledger.servers.process import run_directory
from gateway.spoolschema import scans_made

_POINTS_SQL = """
select p.code, count(*), count(distinct s.ts), (extract(epoch from max(s.ts) - min(s.ts)) / 60 + 1)::bigint
from scan s join monitoring_point p using (point_id) where s.stamped_by = 'd' group by 1 order by 1
"""
PATIENCE_S = 120.0
_out = Console(highlight=False, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a soak found."""

    made: int
    """Scans that the gateway made."""
    lost: int
    """Of these not in the database, or minutes that no scan has."""
    doubled: int
    """In the database more than once."""
    faults: Counter[str]
    seconds: float
    budget_complete: bool
    """Whether the loss budget came to the same end by itself."""


def soak(folder: Path, faults: int, scans: int, points: int, seed: int, period_s: float = 0.01) -> Outcome:
    """At least so many faults over at least so many scans.

    Raises :class:`FlueledgerError` when the chain stands still.
    """
    chance, done, started = random.Random(seed), Counter[str](), time.monotonic()  # noqa: S311 - faults, no secrets
    with SoakChain(folder, points, period_s) as chain:
        kinds = faults_of(chain)
        _until(chain, lambda: scans_made(chain.spool) > 100)
        bag: list[str] = []
        while sum(done.values()) < faults or scans_made(chain.spool) < scans:
            if sum(done.values()) < faults:
                if not bag:  # every kind once before any comes again
                    bag = chance.sample(sorted(kinds), len(kinds))
                name = bag.pop()
                kinds[name](chain, chance)
                done[name] += 1
                _say(chain, f"{sum(done.values())} of {faults}: {name}")
            time.sleep(chance.uniform(0.3, 1.5))
        chain.device.signal(signal.SIGUSR1)
        time.sleep(2.0)
        made = scans_made(chain.spool)
        _until(chain, lambda: scan_counts(chain.postgres.dsn())[1] >= scans_made(chain.spool))
        return _counted(chain, made, done, time.monotonic() - started)


def _counted(chain: SoakChain, made: int, done: Counter[str], seconds: float) -> Outcome:
    stored, distinct, repeated, _ = scan_counts(chain.postgres.dsn())
    time.sleep(6.0)  # one more statement of the gateway
    with connect(chain.postgres.dsn()) as connection:
        rows = connection.execute(_POINTS_SQL).fetchall()
    spools = budgets(chain.postgres.dsn())
    minutes_lost = sum(int(minutes) - int(different) for _, _, different, minutes in rows)
    minutes_doubled = sum(int(count) - int(different) for _, count, different, _ in rows)
    complete = len(spools) == 1 and not spools[0].missing and spools[0].of(Fate.LOST) == 0
    lost = max(0, made - distinct) + minutes_lost
    doubled = stored - distinct + max(repeated, minutes_doubled)
    return Outcome(made, lost, doubled, done, seconds, complete)


def _until(chain: SoakChain, condition: object) -> None:
    assert callable(condition)
    deadline, last = time.monotonic() + PATIENCE_S, -1
    while True:
        try:
            if condition():
                return
            now = scan_counts(chain.postgres.dsn())[1]
        except FlueledgerError:
            now = last
        if now != last:
            deadline, last = time.monotonic() + PATIENCE_S, now
        if time.monotonic() > deadline:
            tails = "\n".join(f"--- {p.name}\n{p.tail()}" for p in (chain.gateway, chain.ingest))
            raise FlueledgerError(f"nothing moves for {PATIENCE_S:.0f} s\n{tails}")
        time.sleep(0.5)


def _say(chain: SoakChain, what: str) -> None:
    _out.print(f"{time.strftime('%H:%M:%S')} {what}; {scans_made(chain.spool)} scans made")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="scripts/bench soak", description=__doc__)
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--scans", type=int, default=1_000_000)
    parser.add_argument("--points", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that everything that was started is ended
    home = run_directory("flueledger-soak-")
    outcome = soak(home / "work", given.faults, given.scans, given.points, given.seed)
    for name, count in sorted(outcome.faults.items()):
        _out.print(f"{count:5d} {name}")
    count, budget = sum(outcome.faults.values()), "complete" if outcome.budget_complete else "not complete"
    _out.print(f"seed {given.seed}: {outcome.made} scans, {count} faults in {outcome.seconds:.0f} s")
    _out.print(f"lost {outcome.lost}, doubled {outcome.doubled}; loss budget {budget}")
    sys.exit(outcome.lost != 0 or outcome.doubled != 0 or not outcome.budget_complete)


if __name__ == "__main__":
    main()

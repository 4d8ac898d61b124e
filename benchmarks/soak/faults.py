"""The faults of the soak: each hurts one thing for a while and mends it again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from benchmarks.soak.chain import SoakChain
from flueledger.connecting import connect
from flueledger.servers.proxy import Mode, Proxy

Fault = Callable[[SoakChain, random.Random], None]


def _pause(chance: random.Random, most_s: float) -> None:
    time.sleep(chance.uniform(0.2, most_s))


def kill_gateway(chain: SoakChain, chance: random.Random) -> None:
    """Kill -9 of the gateway."""
    chain.gateway.kill()
    _pause(chance, 1.0)
    chain.gateway.start()


def torn_write(chain: SoakChain, chance: random.Random) -> None:
    """Kill -9 of the gateway, and a write that the power cut short at the end of its journal."""
    chain.gateway.kill()
    journal = chain.spool.with_name(chain.spool.name + "-wal")
    if journal.exists():
        with journal.open("ab") as out:
            out.write(chance.randbytes(chance.randint(1, 4000)))
    chain.gateway.start()


def kill_ingest(chain: SoakChain, chance: random.Random) -> None:
    """Kill -9 of ingest."""
    chain.ingest.kill()
    _pause(chance, 1.0)
    chain.ingest.start()


def kill_broker(chain: SoakChain, chance: random.Random) -> None:
    """Kill -9 of the broker: what it had not saved is gone."""
    chain.broker.kill()
    _pause(chance, 2.0)
    chain.broker.start()


def wipe_broker(chain: SoakChain, chance: random.Random) -> None:
    """The broker forgets every session and message."""
    chain.broker.kill()
    chain.broker.wipe()
    _pause(chance, 1.0)
    chain.broker.start()


def kill_database(chain: SoakChain, chance: random.Random) -> None:
    """Kill -9 of the database and its recovery."""
    chain.postgres.kill()
    _pause(chance, 2.0)
    chain.postgres.start()


def read_only_database(chain: SoakChain, chance: random.Random) -> None:
    """The database takes no writes."""
    _set(chain, "alter system set default_transaction_read_only = on")
    _pause(chance, 3.0)
    _set(chain, "alter system reset default_transaction_read_only")


def _set(chain: SoakChain, statement: str) -> None:
    with connect(chain.postgres.dsn()) as connection:
        connection.autocommit = True
        connection.execute("set default_transaction_read_only = off")
        connection.execute(statement)
        connection.execute("select pg_reload_conf()")


def _link(chain: SoakChain, chance: random.Random) -> Proxy:
    return chance.choice([chain.gateway_link, chain.ingest_link])


def cut_link(chain: SoakChain, chance: random.Random) -> None:
    """A link is cut."""
    link = _link(chain, chance)
    chain.loop.do(link.cut())
    _pause(chance, 3.0)
    chain.loop.do(link.mend())


def silent_link(chain: SoakChain, chance: random.Random) -> None:
    """A link swallows bytes: TCP open, no answer."""
    link = _link(chain, chance)
    _mode(chain, link, Mode.SWALLOW)
    _pause(chance, 6.0)
    chain.loop.do(link.mend())


def silent_then_reset(chain: SoakChain, chance: random.Random) -> None:
    """A link swallows bytes, then is reset."""
    link = _link(chain, chance)
    _mode(chain, link, Mode.SWALLOW)
    _pause(chance, 6.0)
    chain.loop.do(link.mend())
    chain.loop.call(link.reset)


def slow_link(chain: SoakChain, chance: random.Random) -> None:
    """A link holds bytes back."""
    link = _link(chain, chance)
    _mode(chain, link, Mode.HOLD)
    _pause(chance, 3.0)
    chain.loop.do(link.mend())


def _mode(chain: SoakChain, link: Proxy, mode: Mode) -> None:
    chain.loop.call(lambda: setattr(link, "mode", mode))


def full_disk(chain: SoakChain, chance: random.Random) -> None:
    """The disk of the spool is full to the last byte."""
    ballast = chain.spool_folder / "ballast"
    try:
        with ballast.open("wb", buffering=0) as out:
            while out.write(bytes(65536)) == 65536:
                pass
            while out.write(b"\0"):
                pass
    except OSError:
        pass  # full, as wanted
    _pause(chance, 3.0)
    ballast.unlink()


def clock_jump(chain: SoakChain, chance: random.Random) -> None:
    """The gateway's wall clock is set, up to a day in either direction, and back again."""
    chain.set_clock(chance.randint(-86_400, 86_400))
    _pause(chance, 2.0)
    chain.set_clock(0)


def faults_of(chain: SoakChain) -> dict[str, Fault]:
    """The faults that this machine can make, by name."""
    every: list[Fault] = [kill_gateway, torn_write, kill_ingest, kill_broker, wipe_broker, kill_database]
    every += [read_only_database, cut_link, silent_link, silent_then_reset, slow_link]
    every += [full_disk] if chain.mounted else []
    every += [clock_jump] if chain.can_set_clock else []
    return {fault.__name__: fault for fault in every}

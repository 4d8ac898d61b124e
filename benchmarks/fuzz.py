"""A million broken inputs for a decoder: every one gives a result or a named error, never anything else.

    python -m benchmarks.fuzz --decoder hj212-stream --inputs 1000000 --seed 1

One input in ten is random bytes; the others are sound ones with bits flipped, bytes taken out, put in or doubled, or
joined with another one. The same seed gives the same inputs. A decoder is registered with a :class:`Target`.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Final

from benchmarks import fuzz_hj212, fuzz_modbus, fuzz_pushed, fuzz_wire
from benchmarks.fuzz_target import Target


def _pushed(name: str) -> Target:
    decode, seeds = fuzz_pushed.DECODERS[name]

    def readings(data: bytes) -> list[str]:
        for measured in decode(data):
            fuzz_pushed.assert_sound(measured)
        return ["readings"]

    return Target(readings, seeds, fuzz_pushed.TOKENS)


TARGETS: Final[dict[str, Target]] = {
    **fuzz_hj212.TARGETS,
    **fuzz_modbus.TARGETS,
    **fuzz_wire.TARGETS,
    **{name: _pushed(name) for name in fuzz_pushed.DECODERS},
}
"""Every decoder of bytes from outside, by name."""


def inputs(target: Target, count: int, seed: int) -> Iterator[bytes]:
    """So many broken inputs; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - no secret: the same inputs every time
    sealed = [target.seal(data) for data in target.seeds] if target.seal else target.seeds
    for _ in range(count):
        if chance.random() < 0.1:
            yield chance.randbytes(chance.randrange(400))
        elif target.seal and chance.random() < 0.5:
            yield target.seal(fuzz_pushed.mutated(target.seeds, chance, target.tokens))
        else:
            yield fuzz_pushed.mutated(sealed, chance, target.tokens)


def run(name: str, count: int, seed: int = 1) -> Counter[str]:
    """How many of so many inputs ended how; what is neither a result nor a named error is raised with its input."""
    target, found = TARGETS[name], Counter[str]()
    for number, data in enumerate(inputs(target, count, seed)):
        try:
            found.update(target.decode(data))
        except target.errors as error:
            found[f"error: {type(error).__name__}"] += 1
        except BaseException as error:
            error.add_note(f"{name}, seed {seed}, input {number}: {data!r}")
            raise
    return found


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--decoder", choices=sorted(TARGETS), required=True)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    began = time.perf_counter()
    found = run(asked.decoder, asked.inputs, asked.seed)
    spent = time.perf_counter() - began
    sys.stdout.write(
        f"{asked.decoder}, seed {asked.seed}: {asked.inputs} inputs in {spent:.0f} s, {asked.inputs / spent:.0f}/s\n"
    )
    for kind, times in found.most_common():
        sys.stdout.write(f"  {times:>9}  {kind}\n")


if __name__ == "__main__":
    main()

"""What a decoder must bring to be fuzzed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cems.errors import WireError


@dataclass(frozen=True, slots=True)
class Target:
    """A decoder with what its inputs are made of."""

    decode: Callable[[bytes], Sequence[str]]
    """Names of what came out, for counting; it asserts what must hold, and raises nothing else than ``errors``."""
    seeds: Sequence[bytes]
    """Sound inputs."""
    tokens: Sequence[bytes] = ()
    """Pieces that mean something to the decoder."""
    seal: Callable[[bytes], bytes] | None = None
    """Puts a checksum around broken contents, so that they are looked at; half of the inputs get it."""
    errors: tuple[type[Exception], ...] = (WireError,)
    """Errors that it may raise."""

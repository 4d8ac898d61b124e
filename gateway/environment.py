"""Passwords come from the environment: they never stand in a file."""

from __future__ import annotations

import os

from cems.errors import ConfigError, Fault


def password(variable: str | None, file: str, place: str, whose: str) -> str | None:
    """The password in an environment variable; None where no variable is named.

    Raises :class:`ConfigError` that names ``place`` in ``file`` where the variable is not there.
    """
    if variable is None:
        return None
    found = os.environ.get(variable)
    if found is None:
        message = f"the environment has no variable {variable}: set it to {whose}"
        raise ConfigError(file, [Fault(0, place, message)])
    return found

"""The key of an encrypted HJ 212 line: from the environment or a file of its own, never from a configuration file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from cems.errors import ConfigError, Fault
from cems.hj212.sm4 import KEY_BYTES
from gateway.environment import password

_HEX: Final = re.compile(r"[0-9A-Fa-f]{32}")


def sm4_key(variable: str | None, file: Path | None, config: str, whose: str) -> bytes | None:
    """The 16 bytes of a key of SM4; None where none is named.

    A text of 32 hexadecimal digits is their bytes, any other its own 16 bytes; blanks and line ends around it do not
    count. Raises :class:`ConfigError` that names ``config`` and whose key it is, never the key.
    """
    if variable is None and file is None:
        return None
    place = "key_env" if variable is not None else "key_file"
    if variable is not None:
        text = password(variable, config, place, f"the key of {whose}") or ""
    else:
        try:
            text = Path(str(file)).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(config, [Fault(0, place, f"the key of {whose} cannot be read: {error}")]) from error
    key = bytes.fromhex(text.strip()) if _HEX.fullmatch(text.strip()) else text.strip().encode()
    if len(key) != KEY_BYTES:
        message = f"the key of {whose} is {len(key)} bytes: give {KEY_BYTES} characters or 32 hexadecimal digits"
        raise ConfigError(config, [Fault(0, place, message)])
    return key

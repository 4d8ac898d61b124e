"""Encryption of HJ 212-2025 6.4: SM4, ECB, no padding, between ``CP=&&`` and ``&&``. Pure; needs ``cryptography``.

Whole blocks of 16 bytes are encrypted, what is left over stays plain. Length and CRC are those of the plain text, which
is as long. ECB shows equal blocks as equal: that is the standard's choice, not ours. *Source*: HJ 212-2025 6.4 and its
Annex A.2 from public code that quotes them and reproduces the examples [V2].
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from cems.errors import FlueledgerError, WireError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.modes import ECB

KEY_BYTES: Final = 16
_BLOCK: Final = 16
_OPENING: Final = b"CP=&&"
_CLOSING: Final = b"&&"
_FRAME: Final = re.compile(rb"(##[0-9]{4})(.*)([0-9A-F]{4}\r\n)", re.DOTALL)


def is_sealed_command(cn: str) -> bool:
    """Whether a logger encrypts a packet with this command: those that carry data, 2000 to 2999.

    >>> is_sealed_command("2011"), is_sealed_command("9011")
    (True, False)
    """
    return re.fullmatch(r"2[0-9]{3}", cn) is not None


def seal(packet: bytes, key: bytes) -> bytes:
    """An encoded packet with its data encrypted: the same length, the same CRC.

    Raises :class:`WireError` where the bytes are no encoded packet, :class:`FlueledgerError` for a key that has not 16
    bytes or where the package ``cryptography`` is missing.
    """
    match = _FRAME.fullmatch(packet)
    if match is None:
        raise WireError("only a whole packet can be encrypted")
    return match[1] + _through(match[2], _cipher(key).encryptor().update) + match[3]


def unsealer(key: bytes) -> Callable[[bytes], bytes]:
    """What makes plain DATA of encrypted DATA, for a :class:`cems.hj212.framing.Framer`; errors of the key as above.

    It takes any bytes: whether they were encrypted with this key, the CRC says.
    """
    cipher = _cipher(key)
    return lambda data: _through(data, cipher.decryptor().update)


def _through(data: bytes, step: Callable[[bytes], bytes]) -> bytes:
    begin, end = data.find(_OPENING) + len(_OPENING), len(data) - len(_CLOSING)
    if begin < len(_OPENING) or end < begin or not data.endswith(_CLOSING):
        return data
    whole = begin + (end - begin) // _BLOCK * _BLOCK
    return data[:begin] + step(data[begin:whole]) + data[whole:]


def _cipher(key: bytes) -> Cipher[ECB]:
    try:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415 - optional extra
    except ImportError as error:
        raise FlueledgerError("encryption needs the extra hj212-sm4: pip install 'flueledger[hj212-sm4]'") from error
    if len(key) != KEY_BYTES:
        raise FlueledgerError(f"a key of SM4 has {KEY_BYTES} bytes, not {len(key)}")
    return Cipher(algorithms.SM4(key), modes.ECB())  # noqa: S305 - the standard prescribes ECB

"""Keys from the environment and from files."""

from __future__ import annotations

from pathlib import Path

import pytest

from cems.errors import ConfigError
from gateway.sm4key import sm4_key


def test_no_key_where_none_is_named() -> None:
    assert sm4_key(None, None, "plant file", "logger") is None


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("0123456789abcdef", b"0123456789abcdef"),
        (" 0123456789abcdef\r\n", b"0123456789abcdef"),
        ("00112233445566778899aAbBcCdDeEfF", bytes.fromhex("00112233445566778899aabbccddeeff")),
    ],
)
def test_sixteen_characters_or_their_digits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, key: bytes
) -> None:
    monkeypatch.setenv("KEY", text)
    (tmp_path / "key").write_text(text)
    assert sm4_key("KEY", None, "plant file", "logger") == key
    assert sm4_key(None, tmp_path / "key", "plant file", "logger") == key


@pytest.mark.parametrize("text", ["", "0" * 15, "0" * 31, "g" * 32, "0" * 33, "密钥密钥密"])
def test_another_length_is_refused_without_showing_the_key(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("KEY", text)
    with pytest.raises(ConfigError, match="16 characters or 32 hexadecimal digits") as caught:
        sm4_key("KEY", None, "plant file", "logger")
    assert not text or text not in str(caught.value)


def test_a_key_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no variable NO_SUCH_KEY"):
        sm4_key("NO_SUCH_KEY", None, "plant file", "logger")
    with pytest.raises(ConfigError, match="key_file"):
        sm4_key(None, tmp_path / "none", "plant file", "logger")

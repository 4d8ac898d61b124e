"""The form of a cause in words."""

from __future__ import annotations

from typing import NamedTuple


class Text(NamedTuple):
    """One cause in words."""

    english: str
    """What is wrong."""
    chinese: str
    """The same in Chinese."""
    check_english: str
    """What to check first."""
    check_chinese: str
    """The same in Chinese."""

"""The rule books there are."""

from __future__ import annotations

from typing import Final

from cems.errors import RuleError
from reconcile.rulebooks import eu_mrr, hj75, part75
from reconcile.rulebooks.book import RuleBook

BOOKS: Final[dict[str, RuleBook]] = {book.NAME: book for book in (hj75, eu_mrr, part75)}
"""By short name; the first is that of the report."""


def book_of(name: str) -> RuleBook:
    """The rule book of a name; raises :class:`RuleError` for another."""
    if name not in BOOKS:
        raise RuleError(f"there is no rule book {name!r}; there are {', '.join(BOOKS)}")
    return BOOKS[name]

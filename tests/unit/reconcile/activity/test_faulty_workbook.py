from __future__ import annotations

import re
from datetime import date

import pytest

from cems.errors import ConfigError
from reconcile.activity.checks import Context
from reconcile.activity.reading import read_books
from reconcile.activity.xlsxbook import read_xlsx
from reconcile.parameters import load_parameters
from tests.unit.reconcile.activity.faulty import PLANT, expected, faulty_workbook

CONTEXT = Context(PLANT, date(2026, 11, 21), load_parameters())


def test_each_fault_gives_one_message_with_its_cell_and_what_was_expected() -> None:
    with pytest.raises(ConfigError) as caught:
        read_books([read_xlsx(faulty_workbook(), "faulty.xlsx")], CONTEXT)
    found = {f.place: f.message for f in caught.value.faults}
    wanted = expected()
    assert len(wanted) >= 45
    assert sorted(found) == sorted(wanted)
    assert len(caught.value.faults) == len(wanted)
    for place, words in wanted.items():
        assert re.search(words, found[place]), f"{place}: {found[place]}"

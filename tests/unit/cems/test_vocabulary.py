"""Flags and channels: closed vocabularies, one precedence rule, wire order that never changes."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from cems.channels import CHANNELS, INDEX, ORDER, Channel
from cems.errors import ConfigError, Fault, FlueledgerError, SchemaError, WireError
from cems.flags import FLAGS, Flag, worse

FLAG_PAIRS = list(product(Flag, Flag))


def test_hj212_letters_are_upper_case_and_ours_lower_case() -> None:
    assert {f.value for f in Flag if f.value.isupper()} == set("NFMSDCTB")
    for flag, info in FLAGS.items():
        assert (info.origin == "device") == flag.value.isupper()


def test_only_n_is_valid() -> None:
    assert [flag for flag, info in FLAGS.items() if info.valid] == [Flag.NORMAL]


def test_the_worse_flag_is_one_of_the_two_in_either_order() -> None:
    for a, b in FLAG_PAIRS:
        assert worse(a, b) == worse(b, a)
        assert worse(a, b) in (a, b)
        assert worse(a, Flag.NORMAL) == a


def test_precedence_has_no_circle() -> None:
    for (a, b), c in product(FLAG_PAIRS, Flag):
        assert worse(worse(a, b), c) == worse(a, worse(b, c))


def test_channel_order_of_version_1() -> None:
    """Part of the wire format and of the schema; append only."""
    names = "co2 o2 velocity flow temperature pressure barometric moisture load fuel_feed"
    assert [channel.value for channel in ORDER][:10] == names.split()
    assert [INDEX[channel] for channel in ORDER] == list(range(len(ORDER)))
    assert set(CHANNELS) == set(Channel)


@pytest.mark.parametrize("channel", list(Channel))
def test_a_channel_has_a_range_and_a_factor_code_in_form(channel: Channel) -> None:
    info = CHANNELS[channel]
    assert info.low < info.high
    assert info.hj212 is None or re.fullmatch(r"a\d{5}", info.hj212)


def test_an_error_without_words_says_its_docstring() -> None:
    assert "not the one this program knows" in str(SchemaError())
    assert str(WireError("this")) == "this"


def test_a_configuration_error_lists_faults_by_line() -> None:
    error = ConfigError("plant.toml", [Fault(9, "b", "second"), Fault(0, "a", "whole file"), Fault(3, "c", "first")])
    assert isinstance(error, FlueledgerError)
    assert str(error).splitlines() == [
        "plant.toml: 3 faults",
        "  line -  a: whole file",
        "  line 3  c: first",
        "  line 9  b: second",
    ]


def test_every_error_class_is_of_one_family() -> None:
    import cems.errors

    text = Path(cems.errors.__file__).read_text("utf-8")
    classes = [vars(cems.errors)[name] for name in re.findall(r"^class (\w+Error)\b", text, re.MULTILINE)]
    assert len(classes) >= 7
    assert all(issubclass(c, FlueledgerError) and c.__doc__ for c in classes)

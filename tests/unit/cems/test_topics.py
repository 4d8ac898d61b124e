"""Topics: what ``topic`` makes, ``parse`` reads; anything else is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cems.errors import WireError
from cems.topics import Kind, parse, subscription, topic

codes = st.from_regex(r"[a-z0-9][a-z0-9-]{0,47}", fullmatch=True)


@given(codes, codes, st.sampled_from(Kind))
def test_topic_comes_back(enterprise: str, gateway: str, kind: Kind) -> None:
    name = topic(enterprise, gateway, kind)
    assert parse(name) == (enterprise, gateway, kind)
    assert [a == b or b == "+" for a, b in zip(name.split("/"), subscription(kind).split("/"), strict=True)] == [
        True
    ] * 5


@given(st.text(max_size=40) | st.text(alphabet="flueldgrv1/-+#scan", max_size=60))
def test_any_text_is_a_topic_or_a_named_error(name: str) -> None:
    try:
        enterprise, gateway, kind = parse(name)
    except WireError:
        return
    assert topic(enterprise, gateway, kind) == name


@pytest.mark.parametrize("code", ["", "A", "a b", "a/b", "+", "#", "-a", "a\n", "ä", "a" * 49, "a\x00"])
def test_a_code_that_does_not_fit_a_level(code: str) -> None:
    with pytest.raises(WireError, match="does not fit"):
        topic(code, "gw-1", Kind.SCANS)
    with pytest.raises(WireError):
        parse(f"flueledger/v1/demo/{code}/scans")


@pytest.mark.parametrize(
    "name",
    [
        "flueledger/v2/e/g/scans",
        "flueledger/v1/e/g/other",
        "flueledger/v1/e/g",
        "flueledger/v1/e/g/scans/x",
        "/e/g/scans",
    ],
)
def test_foreign_topics(name: str) -> None:
    with pytest.raises(WireError, match="is not a topic of flueledger/v1"):
        parse(name)

"""DER elements."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench_tls.der import INTEGER, Element, element_at, oid_text, time_text


def der(tag: int, content: bytes) -> bytes:
    size = len(content)
    head = bytes((size,)) if size < 0x80 else b"\x82" + size.to_bytes(2, "big")
    return bytes((tag,)) + head + content


def test_elements_know_their_places():
    data = b"xx" + der(0x30, der(2, b"\xff") + der(12, "ä".encode()))
    whole = element_at(data, 2)
    first, second = whole.children()
    assert (whole.start, whole.content, whole.end) == (2, 4, len(data))
    assert (first.tag, first.integer) == (INTEGER, -1)
    assert second.text == "ä"


@pytest.mark.parametrize(
    "data", [b"", b"\x30", b"\x30\x80", b"\x30\x05ab", b"\x1f\x01\x00", b"\x30\x85\0\0\0\0\1a", b"\x30\x82\x01"]
)
def test_what_is_no_der_is_none(data):
    assert element_at(data, 0) is None


@pytest.mark.parametrize(
    ("content", "text"),
    [("550403", "2.5.4.3"), ("2a864886f70d01010b", "1.2.840.113549.1.1.11"), ("8837", "2.999"), ("", ""), ("80", "")],
)
def test_object_identifiers(content, text):
    """X.690 8.19.5 has the example 2.999."""
    assert oid_text(bytes.fromhex(content)) == text


@pytest.mark.parametrize(
    ("tag", "text", "expected"),
    [
        (0x17, "200203040506Z", "2020-02-03 04:05:06Z"),
        (0x17, "500101000000Z", "1950-01-01 00:00:00Z"),
        (0x18, "20600101000000Z", "2060-01-01 00:00:00Z"),
        (0x17, "2002030405Z", "2002030405Z"),
        (0x18, "20600101000000+0100", "20600101000000+0100"),
    ],
)
def test_times(tag, text, expected):
    """RFC 5280 4.1.2.5; other forms stay as they are."""
    assert time_text(element_at(der(tag, text.encode()), 0)) == expected


@given(st.binary(max_size=200))
def test_arbitrary_bytes_never_raise(data):
    stack = [found for found in (element_at(data, 0),) if found is not None]
    while stack:
        node = stack.pop()
        assert 0 <= node.start < node.content <= node.end <= len(data)
        assert isinstance((node.text, node.integer, oid_text(node.value), time_text(node)), tuple)
        stack += node.children()


def test_elements_are_values():
    assert Element(b"\2\1\5", 2, 0, 2, 3) == element_at(b"\2\1\5", 0)

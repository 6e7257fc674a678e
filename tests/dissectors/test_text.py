"""Invariant: whatever is on the wire, what `safe` and `shown` return is printable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissectors.text import LONGEST_VALUE, field_line, message_lines, safe, shown
from workbench.api import Direction, Field, Message, Note, Severity


@given(st.text())
def test_safe_text_is_printable_and_loses_nothing(text: str):
    assert safe(text).isprintable()
    plain = text if text.isprintable() and "\\" not in text else None
    assert plain is None or safe(text) == plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain ü →", "plain ü →"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("a\r\nb\t", "a\\r\\nb\\t"),
        ("back\\slash", "back\\\\slash"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\udc80", "\\udc80"),
        ("\U000e0001", "\\U000e0001"),
    ],
)
def test_what_safe_escapes(text: str, expected: str):
    assert safe(text) == expected


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary()))
def test_shown_values_are_printable_and_short(value: object):
    assert shown(value).isprintable()
    assert len(shown(value)) <= LONGEST_VALUE + 3


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, ""), (True, "true"), (5, "5"), (1 << 300, hex(1 << 300)), (b"\x00\xff", "00ff"), ("a\nb", '"a\\nb"'), (0.5, "0.5")],
)
def test_shown(value: object, expected: str):
    assert shown(value) == expected


def test_a_long_value_is_cut():
    assert shown(bytes(1000)) == "0" * LONGEST_VALUE + "…"
    assert shown("x" * 1000) == '"' + "x" * LONGEST_VALUE + '…"'


def test_field_lines():
    assert field_line(Field("type", 0, 1, 1, text="GET")) == "type: GET (1)"
    assert field_line(Field("body", 0, 1)) == "body"
    assert field_line(Field("sum", 1, 1, 3, generated=True)) == "[sum: 3]"
    assert field_line(Field("crc", 0, 4, 1, error="wrong\x1b")) == "crc: 1  ✗ wrong\\x1b"


def test_message_lines():
    root = Field("p", 0, 2, children=(Field("a", 0, 1, 7, children=(Field("b", 0, 1, True),)), Field("c", 1, 2, b"\1")))
    note = Note(Severity.WARN, "odd\n", section="RFC 1 2")
    message = Message(
        protocol="p",
        direction=Direction.TO_CLIENT,
        start=0,
        end=2,
        raw=b"\7\1",
        root=root,
        label="OK",
        summary="fine",
        notes=(note,),
    )
    assert list(message_lines(message)) == [
        "← p OK  fine",
        "  a: 7",
        "    b: true",
        "  c: 01",
        "  ! warn: odd\\n (RFC 1 2)",
    ]

import pytest

from workbench.api import Field
from workbench.export.shapes import HEX_DIGITS, raw_bytes, show, show_name


@pytest.mark.parametrize(
    ("abbrev", "value", "shown"),
    [
        ("ip.id", 0xAB, "0x00ab"),
        ("tcp.flags", 0x18, "0x0018"),
        ("ip.dsfield", 0, "0x00"),
        ("quic.version", 1, "0x00000001"),
        ("tcp.len", 78, "78"),
        ("x.y", True, "1"),
        ("x.y", b"\x01\xab", "01:ab"),
        ("x.y", "text\r\n", "text\r\n"),
        ("x.y", 0.25, "0.250000000"),
        ("x.y", 1 << 5000, hex(1 << 5000)),
        ("x.y", None, "63:64"),
        ("", None, ""),
    ],
)
def test_values_as_wireshark_spells_them(abbrev, value, shown):
    assert show(Field("Name", 2, 4, value, abbrev=abbrev), (b"abcdef",)) == shown


def test_a_branch_without_a_value_shows_nothing():
    assert show(Field("Name", 0, 2, abbrev="x", children=(Field("Below", 0, 1, 5),)), (b"ab",)) == ""


def test_names_with_words_and_errors():
    assert show_name(Field("Type", 0, 1, 1, text="query")) == "Type: query (1)"
    assert show_name(Field("Host", 0, 1, "a", text="b")) == "Host: b"
    assert show_name(Field("Group", 0, 1)) == "Group"
    assert show_name(Field("Size", 0, 1, 7, error="too large")) == "Size: 7 [too large]"


def test_the_bytes_behind_a_field():
    views = (b"wire", b"derived")
    assert raw_bytes(Field("a", 1, 3), views) == b"ir"
    assert raw_bytes(Field("a", 1, 3, view=1), views) == b"er"
    assert raw_bytes(Field("a", 1, 3, generated=True), views) == b""
    assert raw_bytes(Field("a", 1, 3, view=7), views) == b""


def test_digits_are_those_of_whole_bytes():
    assert set(HEX_DIGITS.values()) <= {2, 4, 6, 8}

import pytest

from workbench_dns.cursor import Cursor, ShortError, time_text
from workbench_dns.names import Names


def cursor(data: bytes) -> Cursor:
    return Cursor(data, 0, len(data), Names(data))


def test_numbers_and_strings_have_their_bytes():
    it = cursor(b"\x01\x02\x03\x02hi\xff")
    assert (it.number(1, "one"), it.number(2, "two"), it.string("text", "t", "l"), it.left) == (1, 0x203, "hi", 1)
    assert [(field.start, field.end, field.value) for field in it.fields] == [(0, 1, 1), (1, 3, 0x203), (3, 4, 2), (4, 6, "hi")]


def test_a_field_that_is_cut_off_shows_what_there_is():
    it = cursor(b"\x01\x02")
    with pytest.raises(ShortError):
        it.number(4, "Serial")
    [field] = it.fields
    assert (field.value, field.error, it.left, it.names.broken) == (b"\x01\x02", "serial is cut off", 0, True)


def test_flags_are_bits_of_their_bytes():
    it = cursor(b"\0\x80\x03")
    it.at = 1
    assert it.flags(2, "Flags", "f", (("first", "f.a", 0, 1), ("last", "f.b", 14, 2))) == 0x8003
    [flags] = it.fields
    assert [(child.value, child.bits) for child in flags.children] == [(True, (8, 9)), (3, (22, 24))]


def test_addresses():
    it = cursor(bytes((192, 0, 2, 1)) + bytes.fromhex("20010db8000000000000000000000001"))
    assert (it.ipv4("a", ""), it.ipv6("b", "")) == ("192.0.2.1", "2001:db8::1")


@pytest.mark.parametrize(
    ("family", "data", "text"),
    [(1, "c00002", "192.0.2.0"), (2, "20010db8", "2001:db8::"), (3, "abcd", "abcd"), (1, "0102030405", "0102030405")],
)
def test_prefixes_of_addresses(family, data, text):
    raw = bytes.fromhex(data)
    assert cursor(raw).prefix(family, len(raw), "a", ("4", "6", "x")) == text


def test_a_group_ends_where_it_is_told_and_shows_what_is_left():
    it = cursor(b"\x01\x02\x03\x04")
    it.group("Group", "g", lambda inner: str(inner.number(1, "n")), 3)
    [group] = it.fields
    assert (group.name, group.start, group.end, it.at) == ("1", 0, 3, 3)
    assert [child.value for child in group.children] == [1, b"\x02\x03"]
    assert "longer" in it.notes[0].text


def test_a_group_that_breaks_off_does_not_stop_its_neighbours():
    it = cursor(b"\x01\x02\x03")
    it.group("Group", "g", lambda inner: str(inner.number(4, "n")), 2)
    assert it.number(1, "next") == 3


def test_dates():
    assert time_text(0) == "1970-01-01 00:00:00 UTC"
    assert time_text(1 << 47) == ""

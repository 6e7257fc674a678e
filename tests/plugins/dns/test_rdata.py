from hypothesis import given
from hypothesis import strategies as st

from support.dns import data_of, written
from workbench_dns.limits import LONGEST_MESSAGE
from workbench_dns.names import Names
from workbench_dns.rdata import read_data
from workbench_dns.vocabulary import TYPES


def test_an_unknown_type_is_bytes():
    found, fields = data_of(65_400, b"abc")
    assert fields == {"dns.data": b"abc".hex()}
    assert found.text == "\\# 3"


def test_what_is_left_over_is_shown():
    found, fields = data_of(1, bytes((192, 0, 2, 1, 9)))
    assert fields == {"dns.a": "192.0.2.1", "dns.data": "09"}
    assert (found.notes[0].start, found.notes[0].end, found.notes[0].section) == (4, 5, "RFC 1035 3.2.1")


def test_names_are_reported_for_rebuilding():
    found, _ = data_of(6, b"\1a\0\1b\0" + bytes(20))
    assert [name.text for name in found.names] == ["a", "b"]


def test_the_line_about_a_record_is_no_longer_than_a_message():
    name = written([b"a" * 63] * 15)
    data = b"\1\2\0\0x" + name + b"\xc0\x05" * 100
    found = read_data(data, 0, len(data), 55, Names(data))
    assert len(found.names) == 101
    assert {len(name.text) for name in found.names} == {15 * 64 - 1}
    assert len(found.text) == LONGEST_MESSAGE


@given(st.sampled_from(sorted({*TYPES, 9999})), st.binary(max_size=120), st.integers(0, 20))
def test_any_bytes_stay_inside(kind, data, start):
    raw = bytes(start) + data
    found = read_data(raw, start, len(raw), kind, Names(raw))
    stack = [(field, start, len(raw)) for field in found.fields]
    while stack:
        field, low, high = stack.pop()
        assert low <= field.start <= field.end <= high
        assert field.bits is None or 8 * field.start <= field.bits[0] <= field.bits[1] <= 8 * field.end
        stack += [(child, field.start, field.end) for child in field.children]

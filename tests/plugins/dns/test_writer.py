from hypothesis import given
from hypothesis import strategies as st

from workbench_dns.names import Names
from workbench_dns.writer import Writer

labels = st.lists(st.binary(min_size=1, max_size=8), max_size=4).map(tuple)


@given(st.lists(labels, max_size=12))
def test_compressed_names_are_read_back(names):
    writer = Writer()
    places = []
    for name in names:
        places.append(len(writer.data))
        writer.name(name)
    reader = Names(bytes(writer.data))
    assert [reader.read(place, len(writer.data)).labels for place in places] == names


def test_a_name_said_twice_takes_two_bytes():
    writer = Writer()
    writer.name((b"a", b"example"))
    size = len(writer.data)
    writer.name((b"b", b"example"))
    assert bytes(writer.data[size:]) == b"\1b\xc0\x02"
    writer.name((b"a", b"example"))
    assert bytes(writer.data[-2:]) == b"\xc0\0"


def test_spelling_is_kept():
    writer = Writer()
    writer.name((b"a", b"Example"))
    writer.name((b"a", b"example"))
    assert b"Example" in writer.data
    assert b"example" in writer.data


def test_uncompressed_names_are_found_later():
    writer = Writer()
    writer.name((b"a", b"b"), compress=False)
    writer.name((b"a", b"b"), compress=False)
    assert bytes(writer.data) == b"\1a\1b\0" * 2


def test_pointers_reach_16383_bytes():
    writer = Writer()
    writer.data += bytes(0x4000)
    writer.name((b"far",))
    writer.name((b"far",))
    assert bytes(writer.data[0x4000:]) == b"\3far\0" * 2


def test_a_pointer_that_leads_astray_is_replaced():
    writer = Writer()
    writer.name((b"x",))
    writer.spelt((b"a",), (b"b",), pointer=0)
    assert bytes(writer.data) == b"\1x\0\1a\1b\0"


def test_lengths_are_filled_in():
    writer = Writer()
    writer.number(0, 2)
    writer.data += b"abc"
    writer.measure(0)
    assert bytes(writer.data) == b"\0\3abc"
    writer.number(1 << 40 | 5, 2)
    assert bytes(writer.data[-2:]) == b"\0\5"

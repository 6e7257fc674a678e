"""The tree of a field section: every part points at its bytes."""

from support.http3 import section
from workbench_http3.qpack import pack, unpack
from workbench_http3.qpack_table import DynamicTable
from workbench_http3.section_fields import KNOWN, full_uri, section_fields


def fields(data, *entries, at=3):
    table = DynamicTable()
    table.maximum = 4096
    table.resize(4096)
    for entry in entries:
        table.add(*entry)
    raw = b"abc" + data
    return raw, section_fields(unpack(raw, table, at), at, len(raw))


def named(found, abbrev):
    return [node for field in found for _, node in field.walk() if node.abbrev == abbrev]


def test_a_literal_line():
    raw, found = fields(section([(b"name", b"some value")]))
    (name,), (value,) = named(found, "http3.headers.header.name"), named(found, "http3.headers.header.value")
    assert (raw[name.start : name.end], raw[value.start : value.end]) == (b"name", b"some value")
    assert [node.value for node in named(found, "http3.headers.header.name.length")] == [4]
    assert named(found, "http3.headers.header")[0].text == "name: some value"
    assert named(found, "http3.headers.header.repr")[0].value == "Literal Field Line with Literal Name"


def test_a_line_out_of_the_dynamic_table():
    _, found = fields(pack([{"form": "INDEXED", "static": False, "index": 0}], encoded=2), (b"n", b"v"))
    assert [node.value for node in named(found, "http3.qpack.entry")] == [0]
    assert [node.value for node in named(found, "http3.qpack.section.required_insert_count")] == [1]
    assert [node.value for node in named(found, "http3.qpack.section.base")] == [1]
    assert named(found, "http3.headers.header.name")[0].generated


def test_flags_have_bits():
    raw, found = fields(pack([{"form": "LITERAL", "name": b"n", "name_huffman": True, "value": b"v", "never": True}]))
    huffman = [node for field in found for _, node in field.walk() if node.name == "Huffman"]
    for node, expected in zip(huffman, (True, False), strict=True):
        first, last = node.bits
        assert last == first + 1
        assert bool(raw[first // 8] >> (7 - first % 8) & 1) is expected is node.value
    assert named(found, "http3.headers.header.never")[0].value is True


def test_numbers_are_numbers():
    _, found = fields(section([(b":status", b"200"), (b"content-length", b"x"), (b"age", b"1" * 30)]))
    assert [node.value for node in named(found, "http3.headers.status")] == [200]
    assert named(found, "http3.headers.content_length") == named(found, "http3.headers.age") == []


def test_a_section_that_breaks_off_shows_what_came_before():
    _, found = fields(b"\0\0\xd1\xff")
    assert [node.value for node in named(found, "http3.headers.method")] == ["GET"]
    assert [node.value for node in named(found, "http3.headers.count")] == [1]


def test_uris():
    assert full_uri([(b":scheme", b"https"), (b":authority", b"h"), (b":path", b"/a?b")]) == "https://h/a?b"
    assert full_uri([(b":scheme", b"https"), (b":path", b"/")]) == ""


def test_names_are_those_of_wireshark():
    assert KNOWN[b":status"] == "http3.headers.status"
    assert KNOWN[b"content-type"] == "http3.headers.content_type"

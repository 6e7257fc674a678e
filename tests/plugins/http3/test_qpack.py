"""Field sections: RFC 9204 appendix B, another encoder's output, the way back, and everything that must be refused."""

import pylsqpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench_http3.limits import MAX_LINES, MAX_LIST
from workbench_http3.qpack import UNKNOWN, Form, line_value, pack, required, unpack
from workbench_http3.qpack_instructions import Kind, read_encoder
from workbench_http3.qpack_static import STATIC
from workbench_http3.qpack_table import DynamicTable


def table(capacity=4096, *entries):
    found = DynamicTable()
    found.maximum = capacity
    found.resize(capacity)
    for name, value in entries:
        found.add(name, value)
    return found


def apply(target, data):
    """Encoder instructions, as an encoder that makes no mistakes sends them."""
    at = 0
    while at < len(data):
        found = read_encoder(data, at)
        at += found.size
        if found.kind is Kind.CAPACITY:
            target.resize(found.number)
        elif found.kind is Kind.DUPLICATE:
            target.add(*target.find(target.inserted - found.number - 1))
        elif found.kind is Kind.INSERT_LITERAL:
            target.add(found.name, found.value)
        else:
            name = STATIC[found.number][0] if found.static else target.find(target.inserted - found.number - 1)[0]
            target.add(name, found.value)


def pairs(section):
    return [(line.name, line.value) for line in section.lines]


def lists(text, target):
    section = unpack(bytes.fromhex(text), target)
    assert not section.trouble
    return pairs(section)


def test_rfc_9204_appendix_b():
    target = table(220)
    target.capacity = 0
    assert lists("0000510b2f696e6465782e68746d6c", target) == [(b":path", b"/index.html")]
    apply(target, bytes.fromhex("3fbd01c00f7777772e6578616d706c652e636f6dc10c2f73616d706c652f70617468"))
    assert (target.capacity, target.inserted, target.size) == (220, 2, 106)
    assert lists("03811011", target) == [(b":authority", b"www.example.com"), (b":path", b"/sample/path")]
    apply(target, bytes.fromhex("4a637573746f6d2d6b65790c637573746f6d2d76616c7565"))
    assert (target.inserted, target.size) == (3, 160)
    apply(target, bytes.fromhex("02"))
    assert (target.inserted, target.size) == (4, 217)
    assert lists("050080c181", target) == [
        (b":authority", b"www.example.com"),
        (b":path", b"/"),
        (b"custom-key", b"custom-value"),
    ]
    apply(target, bytes.fromhex("810d637573746f6d2d76616c756532"))
    assert (target.inserted, target.size, target.dropped) == (5, 215, 1)


NAMES = st.sampled_from((b":method", b":path", b"cookie", b"x-custom", b"content-type", b"accept", b"x-other"))
VALUES = st.one_of(st.sampled_from((b"GET", b"/", b"text/html", b"")), st.binary(max_size=40))
HEADERS = st.lists(st.tuples(NAMES, VALUES), min_size=1, max_size=8)


@given(st.lists(HEADERS, min_size=1, max_size=6), st.sampled_from((0, 100, 256, 4096)), st.integers(0, 4))
@settings(max_examples=150)
def test_what_another_encoder_says(sections, capacity, blocked):
    encoder = pylsqpack.Encoder()
    target = table(capacity)
    target.capacity = 0
    apply(target, encoder.apply_settings(capacity, blocked))
    for number, headers in enumerate(sections):
        instructions, data = encoder.encode(4 * number, headers)
        apply(target, instructions)
        found = unpack(data, target)
        assert not found.trouble
        assert pairs(found) == headers
        assert found.canonical
        assert pack(map(line_value, found.lines), encoded=found.encoded, sign=found.sign, delta=found.delta) == data


LINES = st.one_of(
    st.fixed_dictionaries({"form": st.just("INDEXED"), "index": st.integers(0, 98), "static": st.just(True)}),
    st.fixed_dictionaries({"form": st.just("INDEXED"), "index": st.integers(0, 1), "static": st.just(False)}),
    st.fixed_dictionaries({"form": st.just("INDEXED_POST"), "index": st.integers(0, 1)}),
    st.fixed_dictionaries(
        {
            "form": st.just("NAMED"),
            "index": st.integers(0, 1),
            "static": st.booleans(),
            "never": st.booleans(),
            "value": VALUES,
            "value_huffman": st.booleans(),
        }
    ),
    st.fixed_dictionaries(
        {
            "form": st.just("NAMED_POST"),
            "index": st.integers(0, 1),
            "never": st.booleans(),
            "value": VALUES,
            "value_huffman": st.booleans(),
        }
    ),
    st.fixed_dictionaries(
        {
            "form": st.just("LITERAL"),
            "never": st.booleans(),
            "name": NAMES,
            "name_huffman": st.booleans(),
            "value": VALUES,
            "value_huffman": st.booleans(),
        }
    ),
)


@given(st.lists(LINES))
def test_every_representation_both_ways(lines):
    target = table(4096, *[(b"n%d" % number, b"v%d" % number) for number in range(4)])
    data = pack(lines, encoded=5, sign=True, delta=1)  # a base of 2: two entries before it, two behind
    found = unpack(data, target)
    assert not found.trouble
    assert [line_value(line) for line in found.lines] == lines
    assert [(line.start, line.end) for line in found.lines] == list(
        zip([found.prefix_end, *(line.end for line in found.lines)], [line.end for line in found.lines], strict=False)
    )


def test_base_and_post_base():
    target = table(4096, (b"a", b"0"), (b"b", b"1"), (b"c", b"2"))
    data = pack(
        [{"form": "INDEXED", "static": False, "index": 0}, {"form": "INDEXED_POST", "index": 1}], encoded=4, sign=True, delta=1
    )
    found = unpack(data, target)
    assert (found.required, found.base) == (3, 1)
    assert [(line.name, line.absolute, line.form) for line in found.lines] == [
        (b"a", 0, Form.INDEXED),
        (b"c", 2, Form.INDEXED_POST),
    ]


@given(st.binary(max_size=60), st.integers(0, 20), st.booleans())
def test_nothing_raises(data, entries, doubtful):
    target = table(1000, *[(b"n", b"v")] * entries)
    target.doubtful = doubtful
    found = unpack(data, target)
    required(data, target)
    if found.canonical:
        assert pack(map(line_value, found.lines), encoded=found.encoded, sign=found.sign, delta=found.delta) == data


@pytest.mark.parametrize(
    ("text", "why", "rule"),
    [
        ("", "ends within an integer", "RFC 9204 4.5"),
        ("00", "ends within an integer", "RFC 9204 4.5"),
        ("fff700", "an encoded insert count of 374", "RFC 9204 4.5.1.1"),
        ("0080", "a base of -1", "RFC 9204 4.5.1.2"),
        ("0283", "a base of -3", "RFC 9204 4.5.1.2"),
        ("0000ffffffff0f", "beyond the static table", "RFC 9204 3.1"),
        ("0000ff24", "index 99 is beyond the static table", "RFC 9204 3.1"),
        ("000080", "a reference 1 before the first entry", "RFC 9204 2.2.3"),
        ("000010", "entry 0, where only 0 inserts are required", "RFC 9204 2.2.1"),
        ("020010", "entry 1, where only 1 inserts are required", "RFC 9204 2.2.1"),
        ("000023616263", "ends within a value", "RFC 9204 4.5"),
        ("0000236162", "ends within a name of 3 bytes where 2 are left", "RFC 9204 4.5"),
        ("0000d1ff", "ends within an integer", "RFC 9204 4.5"),
        ("0000290061", "Huffman", "RFC 7541 5.2"),
    ],
)
def test_what_is_refused(text, why, rule):
    found = unpack(bytes.fromhex(text), table(4096, (b"a", b"1"), (b"b", b"2")))
    assert why in found.trouble
    assert found.section == rule
    assert not found.canonical


def test_an_evicted_entry_is_refused():
    target = table(80)
    target.resize(40)
    target.add(b"a", b"")
    target.add(b"b", b"")
    found = unpack(bytes.fromhex("030081"), target)
    assert found.trouble == "a reference to entry 0, which was evicted"


def test_insert_counts_wrap():
    target = table(64)  # two entries fit: counts go round at 4
    for number in range(9):
        target.add(b"%d" % number, b"")
    for count in (8, 9, 10):
        assert required(bytes((count % 4 + 1, 0)), target) == count
    assert pairs(unpack(bytes((9 % 4 + 1, 0, 0x80)), target)) == [(b"8", b"")]


def test_without_settings_counts_are_taken_as_they_are():
    target = DynamicTable()
    assert required(b"\5\0", target) == 4
    assert required(b"", target) == 0


def test_a_table_of_nothing_allows_no_count():
    assert "where 0 are the most" in unpack(b"\2\0", table(0)).trouble


def test_entries_that_were_never_seen():
    target = DynamicTable()
    target.forget()
    found = unpack(bytes.fromhex("0500d180"), target)
    assert (found.unseen, found.trouble) == (1, "")
    assert found.lines[1].name is UNKNOWN


def test_two_bytes_for_a_whole_entry_do_not_add_up():
    target = table(4096, (b"x" * 2000, b"y" * 2000))
    found = unpack(b"\2\0" + b"\x80" * 3000, target)
    assert found.count == 3000
    assert found.size == 3000 * 4032
    assert len(found.lines) <= min(MAX_LINES, MAX_LIST // 4032 + 1)


def test_more_lines_than_are_kept():
    found = unpack(b"\0\0" + b"\xd1" * 5000, table())
    assert (found.count, len(found.lines)) == (5000, MAX_LINES)

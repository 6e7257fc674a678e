"""Vectors say of every ordinary packet what its headers say one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dissectors.field_catalog import PACKET_FIELDS, Kind
from dissectors.filter_columns import ADDRESSES, COLUMNS, Block, layered
from dissectors.filter_places import PLACES
from dissectors.filter_rows import Rows
from dissectors.filter_view import View
from dissectors.filters import parse_filter
from support.filter_capture import opened

NUMBERS = sorted(
    {*COLUMNS, *PLACES, "tcp.port", "udp.port", "port"}
    - {name for name in PACKET_FIELDS if PACKET_FIELDS[name] is not Kind.NUMBER}
)
VALUES = st.one_of(
    st.sampled_from((0, 1, 2, 6, 14, 20, 40, 42, 53, 80, 85, 91, 8080, 40_000, 65_535, 1 << 32, 1 << 64)), st.integers(-5, 200)
)
SIGNS = st.sampled_from(("==", "!=", "~=", "===", ">", ">=", "<", "<="))
FIELDS = st.sampled_from(NUMBERS)
ADDRESS = st.sampled_from(("ip.src", "ip.dst", "ip.addr"))
EXPRESSIONS = st.one_of(
    FIELDS,
    st.builds("{{{} {} {}}}".format, FIELDS, st.sampled_from("+-*&"), st.one_of(FIELDS, VALUES.map(abs))),
    st.builds("{}({}, {})".format, st.sampled_from(("max", "min")), FIELDS, FIELDS),
    st.builds("abs({} - {})".format, FIELDS, FIELDS),
    st.builds("count({})".format, FIELDS),
)
FILTERS = st.one_of(
    st.builds("{} {} {}".format, EXPRESSIONS, SIGNS, VALUES),
    st.builds("{} {} {} {}".format, st.sampled_from(("any", "all")), FIELDS, st.sampled_from(("==", "!=", ">", "<=")), VALUES),
    # a word without a dot that is compared with is a value, not a field
    st.builds("{} {} {}".format, EXPRESSIONS, SIGNS, EXPRESSIONS.filter(lambda text: text != "port")),
    st.builds("{} in {{{}, {}..{}}}".format, FIELDS, VALUES, VALUES, VALUES),
    st.builds("{} & {}".format, FIELDS, VALUES.map(abs)),
    FIELDS.filter(lambda name: name != "port"),
    st.builds("{} {} {}".format, ADDRESS, SIGNS, st.sampled_from(("10.0.0.1", "10.0.0.0/8", "192.168.0.0/16", "0.0.0.0/0"))),
    st.builds(
        "{} {} {}".format,
        st.sampled_from(("ipv6.src", "ipv6.addr")),
        SIGNS,
        st.sampled_from(("2001:db8::1", "2001:db8::/32", "::")),
    ),
    st.builds("{} {} {}".format, ADDRESS, SIGNS, ADDRESS),
    st.builds(
        "{} {} {}".format,
        st.sampled_from(("frame.time_relative", "frame.time_delta")),
        SIGNS,
        st.sampled_from(("0", "1.5ms", "0.01")),
    ),
    st.builds("{} {} {}".format, st.sampled_from(("eth.src", "eth.dst", "eth.addr")), SIGNS, st.just("ff:ff:ff:ff:ff:ff")),
    st.builds(
        "tcp.flags.{} == {}".format, st.sampled_from(("syn", "ack", "fin", "push", "reset")), st.sampled_from(("0", "1", "Set"))
    ),
    st.sampled_from(("frame", "eth", "ip", "ipv6", "tcp", "udp", "icmp", "icmpv6", "arp", "vlan", "raw", "sll", "null")),
)


@pytest.fixture(scope="module")
def capture(tmp_path_factory):
    with opened(tmp_path_factory.mktemp("filters")) as found:
        yield found


@pytest.fixture(scope="module")
def rows(capture):
    return Rows(capture)


@settings(max_examples=300)
@given(FILTERS)
def test_vectors_are_what_headers_say_one_by_one(capture, rows, text):
    (question,) = parse_filter(text, ()).questions
    block = Block(capture, 0, len(capture.index))
    ordinary = np.flatnonzero(~layered(block)).tolist()
    slow = [question.holds(View(rows.headers(row))) for row in ordinary]
    possible = question.possible(block)[ordinary].tolist()
    assert all(may or not does for may, does in zip(possible, slow, strict=True))
    if question.exact is not None:
        assert question.exact(block)[ordinary].tolist() == slow
        half = block.only(block.rows % 2 == 0)
        assert question.exact(half).tolist() == question.exact(block)[::2].tolist()


@pytest.mark.parametrize(
    "text", ["tcp.port == 80", "tcp.len + 1 > 5", "ip.src == ip.dst", "tcp.flags & 2", "ip.ttl == 64", "frame.len in {1, 5}"]
)
def test_these_are_vectors(text):
    assert parse_filter(text, ()).questions[0].exact is not None


@pytest.mark.parametrize(
    "text",
    ["tcp.len / 2 > 1", "ip[0] == 45", "tcp.options.mss_val", "frame.comment contains x", "tcp.seq_raw * tcp.ack_raw == 1"],
)
def test_these_are_left_to_the_slow_way(text):
    assert parse_filter(text, ()).questions[0].exact is None


def test_addresses_of_both_versions_have_their_sides():
    assert {version for version, _ in ADDRESSES.values()} == {4, 6}

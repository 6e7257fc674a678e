"""HTTP datagrams: their stream, and what is wrong with them (RFC 9297 2.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.http3 import CLIENT, SERVER
from workbench.api import Datagram, varint
from workbench_http3.connection import Connection, Outcome
from workbench_http3.datagrams import LARGEST_QUARTER, datagram
from workbench_http3.names import Setting
from workbench_http3.values import build


def read(raw, **settings):
    connection = Connection()
    if settings:
        connection.announce(SERVER, {Setting[name]: value for name, value in settings.items()})
    out = Outcome()
    datagram(connection, raw, CLIENT, out)
    return out


def test_a_datagram():
    out = read(b"\2payload", H3_DATAGRAM=1)
    assert [(field.abbrev, field.value) for field in out.fields] == [
        ("http3.datagram.quarter_stream_id", 2),
        ("http3.datagram.request_stream_id", 8),
        ("http3.datagram.payload", b"payload"),
    ]
    assert (out.detail, out.notes) == ("stream 8, 7 bytes", [])


@pytest.mark.parametrize(
    ("raw", "settings", "why", "rule"),
    [
        (b"", {}, "ends before its Quarter Stream ID", "RFC 9297 2.1"),
        (b"\x40", {}, "ends before its Quarter Stream ID", "RFC 9297 2.1"),
        (varint(LARGEST_QUARTER + 1), {}, "no stream has such a number", "RFC 9297 2.1"),
        (b"\0", {"MAX_FIELD_SECTION_SIZE": 1}, "did not enable them", "RFC 9297 2.1.1"),
        (b"\0", {"H3_DATAGRAM": 0}, "did not enable them", "RFC 9297 2.1.1"),
    ],
)
def test_errors(raw, settings, why, rule):
    (note,) = read(raw, **settings).notes
    assert note.text.startswith("H3_DATAGRAM_ERROR")
    assert why in note.text
    assert note.section == rule


def test_the_setting_of_the_draft_counts():
    assert not read(b"\0", H3_DATAGRAM_DRAFT04=1).notes


@given(st.binary(max_size=30))
def test_values_both_ways(raw):
    assert build(read(raw).value) == bytes(Datagram(raw))

"""What instructions do to the tables of a connection, and which of them are errors (RFC 9204 4.3, 4.4)."""

import pytest

from support.http3 import CLIENT, SERVER, said, sections, values
from workbench.api import Message
from workbench_http3.connection import Connection, Outcome
from workbench_http3.limits import MAX_TABLE
from workbench_http3.messages import to_message
from workbench_http3.qpack_instructions import pack_instruction, read_decoder, read_encoder
from workbench_http3.qpack_streams import instruction

CAPACITY = {"kind": "CAPACITY", "number": 200}
AUTHORITY = {"kind": "INSERT_NAMED", "static": True, "number": 0, "value": b"h"}


def connection(maximum=4096):
    found = Connection()
    found.announce(SERVER, {1: maximum})
    return found


def say(target: Connection, *orders, way=CLIENT, read=read_encoder) -> Message:
    """The message of the last of these instructions."""
    for order in orders:
        raw = pack_instruction(order)
        out = Outcome()
        instruction(target, read(raw), raw, out, way)
    return to_message("http3", way, 0, len(raw), raw, 6, out)


def acknowledge(target: Connection, *orders) -> Message:
    return say(target, *orders, way=SERVER, read=read_decoder)


def test_inserts():
    target = connection()
    message = say(
        target, CAPACITY, AUTHORITY, {"kind": "INSERT_LITERAL", "name": b"n", "value": b"v"}, {"kind": "DUPLICATE", "number": 1},
        {"kind": "INSERT_NAMED", "static": False, "number": 1, "value": b"w"},
    )  # fmt: skip
    table = target.peers[CLIENT].table
    assert [table.find(index) for index in range(4)] == [(b":authority", b"h"), (b"n", b"v"), (b":authority", b"h"), (b"n", b"w")]
    assert message.summary == "Insert with Name Reference[6] n: w"
    assert values(message, "http3.qpack.entry") == [3]
    assert values(message, "http3.qpack.encoder.opcode.insert_indexed.val") == ["w"]
    assert not message.notes


@pytest.mark.parametrize(
    ("orders", "why", "rule"),
    [
        ([{"kind": "CAPACITY", "number": 4097}], "a table capacity of 4097, where 4096 are allowed", "RFC 9204 4.3.1"),
        ([AUTHORITY], "an entry of 43 bytes, where the table has a capacity of 0", "RFC 9204 4.3.2"),
        ([CAPACITY, {"kind": "INSERT_LITERAL", "name": b"n" * 200, "value": b""}], "an entry of 232 bytes", "RFC 9204 4.3.3"),
        ([CAPACITY, AUTHORITY, {"kind": "DUPLICATE", "number": 1}], "a duplicate of index 1", "RFC 9204 4.3.4"),
        (
            [{"kind": "INSERT_NAMED", "static": True, "number": 99, "value": b""}],
            "index 99 of the static table",
            "RFC 9204 4.3.2",
        ),
        (
            [{"kind": "INSERT_NAMED", "static": False, "number": 0, "value": b""}],
            "index 0 of the dynamic table",
            "RFC 9204 4.3.2",
        ),
    ],
)
def test_encoder_errors(orders, why, rule):
    target = connection()
    message = say(target, *orders)
    assert f"QPACK_ENCODER_STREAM_ERROR: {why}"[:60] in said(message) or why in said(message)
    assert sections(message) == {rule}
    assert target.peers[CLIENT].table.doubtful
    assert not say(target, CAPACITY, AUTHORITY).errors, "one error is enough"


def test_a_capacity_before_the_settings_are_seen():
    assert not say(Connection(), {"kind": "CAPACITY", "number": 65_536}).notes


def test_a_table_that_is_too_large_to_follow():
    target = connection(MAX_TABLE * 2)
    assert "is not followed" in said(say(target, {"kind": "CAPACITY", "number": MAX_TABLE + 1}))


def test_acknowledgements():
    target = connection()
    say(target, CAPACITY, AUTHORITY, AUTHORITY)
    peer = target.peers[CLIENT]
    peer.sent_section(4, 1)
    peer.sent_section(4, 2)
    assert peer.risky == {4: 2}
    assert not acknowledge(target, {"kind": "ACKNOWLEDGE", "number": 4}).notes
    assert (peer.acknowledged, peer.risky) == (1, {4: 2})
    assert not acknowledge(target, {"kind": "INCREMENT", "number": 1}).notes
    assert (peer.acknowledged, peer.risky) == (2, {})


def test_a_cancellation():
    target = connection()
    target.peers[CLIENT].sent_section(4, 1)
    message = acknowledge(target, {"kind": "CANCEL", "number": 4})
    assert message.summary == "Stream Cancellation[6] stream 4"
    assert (target.peers[CLIENT].outstanding, target.peers[CLIENT].sections) == ({}, 0)


@pytest.mark.parametrize(
    ("order", "rule"),
    [
        ({"kind": "ACKNOWLEDGE", "number": 4}, "RFC 9204 4.4.1"),
        ({"kind": "INCREMENT", "number": 0}, "RFC 9204 4.4.3"),
        ({"kind": "INCREMENT", "number": 2}, "RFC 9204 4.4.3"),
    ],
)
def test_decoder_errors(order, rule):
    target = connection()
    say(target, CAPACITY, AUTHORITY)
    message = acknowledge(target, order)
    assert "QPACK_DECODER_STREAM_ERROR" in said(message)
    assert sections(message) == {rule}


def test_the_rules_are_silent_where_bytes_were_lost():
    target = connection()
    target.lose(CLIENT, None)
    assert not acknowledge(target, {"kind": "ACKNOWLEDGE", "number": 4}, {"kind": "INCREMENT", "number": 9}).notes


def test_inserts_wake_those_who_wait():
    target = connection()
    assert target.peers[CLIENT].wait("stream 0", 1)
    assert target.peers[CLIENT].wait("stream 4", 2)
    raw = pack_instruction(AUTHORITY)
    say(target, CAPACITY)
    out = Outcome()
    instruction(target, read_encoder(raw), raw, out, CLIENT)
    assert out.wakes == ["stream 0"]

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.conformance import canned
from workbench.api import CheckFailed, Level
from workbench.conformance import MemoryPeer
from workbench_streambus.checks.bus import (
    FETCH,
    HEALTH,
    PRODUCE,
    Bus,
    Reply,
    answered,
    fetched,
    must,
    record,
    records,
    request,
    rule,
    sealed,
    string,
    with_topic,
)
from workbench_streambus.grammar import REQUEST, RESPONSE
from workbench_streambus.server import server


def reply(number=1, status=0, code=0, payload=b""):
    return sealed(struct.pack(">QBH", number, status, code) + payload)


def hear(*replies, closes=False):
    return Bus(MemoryPeer(canned(greeting=b"".join(replies), closes=closes)))


@given(st.integers(1, 2**64 - 1), st.binary(max_size=40), st.binary(max_size=40), st.integers(0, 2**64 - 1))
def test_requests_made_by_hand_are_those_of_the_grammar(number, key, value, stamp):
    data = request(number, PRODUCE, records(7, [record(value, key, stamp)]))
    parsed = REQUEST.parse(data, surplus=0)
    assert (parsed.request_id, parsed.type, parsed.version, parsed.flags) == (number, "Produce", 1, 0)
    assert parsed.payload.partition == 7
    (message,) = parsed.payload.messages
    assert (message.key, message.value, message.timestamp) == (key, value, stamp)


@given(
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**64 - 1),
    st.lists(st.tuples(st.binary(max_size=9), st.binary(max_size=9)), max_size=5),
)
def test_replies_of_the_grammar_are_read(number, following, items):
    messages = [{"offset": at, "key": key, "value": value, "timestamp": at} for at, (key, value) in enumerate(items)]
    value = {
        "request_id": number,
        "status": "ok",
        "error_code": "none",
        "payload": {"next_offset": following, "messages": messages},
    }
    found = hear(RESPONSE.build(value, request_type=FETCH)).reply()
    assert (found.number, found.status, found.code) == (number, 0, 0)
    assert fetched(found) == (following, [(at, key, value, at) for at, (key, value) in enumerate(items)])


def test_replies_come_one_by_one():
    bus = hear(reply(1), reply(2))
    assert [bus.reply().number, bus.reply().number] == [1, 2]
    assert bus.maybe_reply() is None


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "expected a reply, got nothing"),
        (struct.pack(">I", 14) + bytes(14), "length is 14"),
        (struct.pack(">I", 9_000_000), "length is 9000000"),
        (reply()[:-1] + b"x", "checksum"),
        (reply(status=3), "status 0, 1 or 2"),
        (reply(status=0, code=2), "does not go with"),
        (reply(status=1, code=0), "does not go with"),
        (reply(status=1, code=2, payload=b"\0\5no"), "expected a string"),
        (reply(status=1, code=2), "expected a string"),
    ],
)
def test_what_is_no_reply_fails(data, what):
    with pytest.raises(CheckFailed, match=what):
        hear(data).reply()


def test_a_reply_that_breaks_off_fails():
    bus = Bus(MemoryPeer(canned(reply()[:-3], closes=True)))
    bus.peer.send(b"?")
    with pytest.raises(CheckFailed, match="breaks off after 16 bytes"):
        bus.reply()


def test_a_reply_must_be_to_the_request():
    bus = Bus(MemoryPeer(canned(reply(99))))
    with pytest.raises(CheckFailed, match="reply to request 1, got one to 99"):
        bus.ask(HEALTH, b"\0\0")


def test_must():
    refused = Reply(1, 1, 5, string(b"there is none"))
    assert must(refused, 3, 5) is refused
    with pytest.raises(CheckFailed, match=r"expected error code 0, got 5 \('there is none'\)"):
        must(refused, 0)


@pytest.mark.parametrize("payload", [b"", bytes(11), struct.pack(">QI", 1, 1) + b"x", struct.pack(">QI", 0, 0) + b"x"])
def test_broken_fetch_replies_fail(payload):
    with pytest.raises(CheckFailed):
        fetched(Reply(1, 0, 0, payload))


def test_unpack_wants_exactly_the_layout():
    assert Reply(1, 0, 0, bytes(12)).unpack(">QI") == (0, 0)
    with pytest.raises(CheckFailed, match="expected a payload of 12 bytes, got 13"):
        Reply(1, 0, 0, bytes(13)).unpack(">QI")


def test_topics_are_fresh_and_removed_again():
    peer = MemoryPeer(server)

    def run(bus, first):
        assert bus.produce(first, [b"a", b"b"]) == 0
        assert [value for _, _, value, _ in fetched(bus.fetch(first, 0))[1]] == [b"a", b"b"]

    with_topic("check-x", run)(peer)
    with_topic("check-x", run)(peer)
    assert Bus(peer.again()).good(6).payload == bytes(4)


def test_answered_wants_the_connection_to_go_on():
    answered(HEALTH, b"\0\0", 0)(MemoryPeer(server))
    with pytest.raises(CheckFailed, match="the end of the connection"):
        answered(HEALTH, b"\0\0", 0)(MemoryPeer(canned(reply(), closes=True)))


def test_a_rule_must_be_kept():
    check = rule("name", "4.1", "A rule", answered(HEALTH, b"\0\0", 0))
    assert (check.section, check.level) == ("streambus 4.1", Level.MUST)

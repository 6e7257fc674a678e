"""Labels, lines, remarks, pairing, probes: each read from real messages."""

import struct
import zlib
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dissectors import converse
from workbench.api import Confidence, Direction, Field, Memory, Message, ServerOptions
from workbench_streambus import PROTOCOL
from workbench_streambus.description import STATES, check, exchange, label, parameters, probe, summary
from workbench_streambus.grammar import GRAMMAR, REQUEST, REQUEST_TYPES, RESPONSE
from workbench_streambus.seeds import SEEDS, request
from workbench_streambus.server import refusal, reply, server

TO_SERVER, TO_CLIENT = Direction.TO_SERVER, Direction.TO_CLIENT


def read(data: bytes, direction=TO_SERVER, memory=None) -> Message:
    """A message as the grammar decoder makes one, with only the fields that the plugin looks at."""
    given = parameters(Memory(100) if memory is None else memory, direction, data)
    value = GRAMMAR.of(direction).parse(data, **given)
    number = Field("request_id", 4, 12, value.request_id, abbrev="streambus.request_id")
    root = Field("streambus", 0, len(data), children=(number,))
    return Message(
        protocol="streambus", direction=direction, start=0, end=len(data), raw=data, root=root, value=value, parameters=given
    )


def conversation(*requests: bytes) -> list[Message]:
    """Each request and what the reference server answers."""
    memory = Memory(100)
    connection = server(ServerOptions())()
    messages = []
    for data in requests:
        messages += [read(data, TO_SERVER, memory), read(connection.receive(data), TO_CLIENT, memory)]
    return messages


def notes(message: Message):
    return [(note.severity.name, note.section) for note in check(message)]


def test_seeds_take_legal_transitions_without_remarks():
    for seed in SEEDS:
        state = "start"
        for message in conversation(*seed.messages):
            state = STATES[state, label(message)]
            assert notes(message) == []
        assert state == "open"


def test_all_states_are_reachable_and_closed_is_final():
    assert {state for state, _ in STATES} | set(STATES.values()) == {"start", "open", "closed"}
    assert {after for (before, _), after in STATES.items() if before == "closed"} == {"closed"}


def test_lines_for_people():
    messages = conversation(
        request(1, "CreateTopic", {"name": "t", "partitions": 2}),
        request(2, "Fetch", {"partition": 9, "offset": 0, "max_bytes": 10}),
        request(3, 99, b"abc"),
        request(4, "Produce", b"abc"),
        request(5, "ListTopics", {}),
    )
    assert [summary(message) for message in messages] == [
        "CreateTopic #1 name t partitions 2",
        "CreateTopic ok #1 first partition 0 partitions 2",
        "Fetch #2 partition 9 offset 0 max bytes 10",
        "Fetch error #2 partition not found: there is no partition 9",
        "Unknown #3 3 bytes",
        "Unknown error #3 unknown request: there is no request type 99",
        "Produce #4 3 bytes",
        "Produce error #4 invalid request: the payload is not that of Produce",
        "ListTopics #5",
        "ListTopics ok #5 count 1",
    ]


def test_labels_of_replies_to_no_request():
    assert label(read(refusal(0, "invalid_request", ""), TO_CLIENT)) == "Refusal"
    assert label(read(refusal(7, "corrupt_message", ""), TO_CLIENT)) == "Corrupt"
    unasked = read(reply(7, 6, "ok", {"topics": []}), TO_CLIENT)
    assert label(unasked) == "Unasked"
    assert ("open", "Unasked") not in STATES
    assert notes(unasked) == [("NOTE", "streambus 3.1")]


def test_replies_out_of_order_find_their_requests():
    memory = Memory(100)
    for number, kind in ((1, "ListTopics"), (2, "DeleteTopic")):
        read(request(number, kind, {} if kind == "ListTopics" else {"name": "x"}), TO_SERVER, memory)
    assert label(read(reply(2, 5, "ok", {"partitions": 1}), TO_CLIENT, memory)) == "DeleteTopic ok"
    assert label(read(reply(1, 6, "ok", {"topics": []}), TO_CLIENT, memory)) == "ListTopics ok"
    assert not memory


def test_a_request_id_used_twice_is_answered_twice():
    memory = Memory(100)
    read(request(1, "ListTopics", {}), TO_SERVER, memory)
    read(request(1, "DeleteTopic", {"name": "x"}), TO_SERVER, memory)
    assert label(read(reply(1, 6, "ok", {"topics": []}), TO_CLIENT, memory)) == "ListTopics ok"
    assert label(read(refusal(1, "partition_not_found", ""), TO_CLIENT, memory)) == "DeleteTopic error"


def test_memory_of_one_id_is_bounded():
    memory = Memory(100)
    for _ in range(1000):
        parameters(memory, TO_SERVER, request(1, "ListTopics", {}))
    assert len(memory[(1).to_bytes(8, "big")]) < 100


def test_pairing():
    asked, answer = conversation(request(41, "ListTopics", {}))
    assert exchange(asked) == exchange(answer) == 41
    assert exchange(read(refusal(0, "invalid_request", ""), TO_CLIENT)) is None


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (request(1, 99, b""), [("WARN", "streambus 4")]),
        (request(1, "Produce", b"?"), [("WARN", "streambus 4")]),
        (request(1, "ListTopics", {}, version=2), [("WARN", "streambus 7.1")]),
        (request(1, "HealthCheck", {"echo_length": 0, "echo": b""}, version=2), []),
        (request(1, "ListTopics", {}, flags=0x0300), [("WARN", "streambus 3.2")]),
        (request(1, "ListTopics", {}, flags=0x0003), []),
        (request(0, "ListTopics", {}), [("WARN", "streambus 3.1")]),
    ],
)
def test_remarks_on_requests(data, expected):
    assert notes(read(data)) == expected


@pytest.mark.parametrize(
    ("status", "code", "kind", "payload", "expected"),
    [
        ("ok", "none", 3, {"offset": 1}, []),
        ("partial", "none", 3, {"offset": 1}, [("ERROR", "streambus 5.1")]),
        ("ok", "storage_error", 3, {"offset": 1}, [("ERROR", "streambus 5.1")]),
        ("error", "none", 3, {"detail": ""}, [("ERROR", "streambus 5.1")]),
        ("ok", "none", 3, b"short", [("ERROR", "streambus 4")]),
        ("error", "storage_error", 99, b"", [("ERROR", "streambus 4")]),
        ("ok", "none", 99, b"anything", []),
        (7, "none", 3, b"", [("WARN", "streambus 5.1")]),
        ("partial", 256, 1, b"opaque", [("WARN", "streambus 5.1")]),
    ],
)
def test_remarks_on_replies(status, code, kind, payload, expected):
    data = RESPONSE.build({"request_id": 3, "status": status, "error_code": code, "payload": payload}, request_type=kind)
    memory = Memory(9)
    parameters(memory, TO_SERVER, request(3, kind, b""))
    assert notes(read(data, TO_CLIENT, memory)) == expected


def test_old_peers_are_read_with_a_remark():
    new = request(5, "ListTopics", b"")
    old = (len(new)).to_bytes(4, "big") + new[4:-4]
    old += zlib.crc32(old).to_bytes(4, "big")
    message = read(old)
    assert message.value.payload == {}
    assert notes(message) == [("NOTE", "streambus 7.4")]


def test_a_flow_of_old_peers_is_read_to_the_end():
    turns = []
    random = Random(11)
    for number in range(1, 41):
        for direction in Direction:
            payload = random.randbytes(random.randrange(300))
            head = struct.pack(">IQBBH", 20 + len(payload), number, 1 + direction, 1, random.randrange(4))
            turns.append((direction, head + payload + zlib.crc32(head + payload).to_bytes(4, "big")))
    messages = converse(PROTOCOL, turns)
    assert [message.raw for message in messages] == [data for _, data in turns]
    for message in messages:
        assert message.protocol == "streambus"
        assert message.errors == ()
        assert len(message.notes) <= 2
        assert message.root.find("streambus.crc").value == zlib.crc32(message.raw[:-4])


@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_the_reference_server_never_looks_guilty(seed):
    """Whatever a client sends: replies without errors, and only such as the states allow."""
    random = Random(seed)
    connection = server(ServerOptions())()
    turns = []
    for data in random.choice(SEEDS).messages + random.choice(SEEDS).messages:
        sent = bytearray(data)
        if random.random() < 0.5:
            sent[random.randrange(len(sent))] = random.randrange(256)
        if random.random() < 0.5:
            sent[-4:] = zlib.crc32(sent[:-4]).to_bytes(4, "big")
        turns += [(TO_SERVER, bytes(sent)), (TO_CLIENT, connection.receive(bytes(sent)))]
    turns.append((TO_CLIENT, connection.drain()))
    state = "start"
    for message in converse(PROTOCOL, [turn for turn in turns if turn[1]]):
        if message.direction is TO_CLIENT:
            assert (message.protocol, message.errors) == ("streambus", ())
            assert (state, message.label) in STATES
        if message.protocol == "streambus" and not message.errors:
            state = STATES[state, message.label]


def test_probes_of_own_messages():
    for seed in SEEDS:
        for data in seed.messages:
            assert probe(data, TO_SERVER) is Confidence.CERTAIN
            assert probe(data[:-1], TO_SERVER) is Confidence.LIKELY
            assert probe(data[:15], TO_SERVER) is Confidence.NEED_DATA
    answer = refusal(1, "invalid_request", "no")
    assert [probe(answer[:size], TO_CLIENT) for size in (3, 17, len(answer))] == [
        Confidence.NEED_DATA,
        Confidence.WEAK,
        Confidence.CERTAIN,
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00" + bytes(200),
        b"SSH-2.0-OpenSSH",
        bytes(20),
        b"\0\0\0\x20" + b"\xff" * 16,
    ],
)
def test_probes_of_others(data):
    assert probe(data, TO_SERVER) is Confidence.NO
    assert probe(data, TO_CLIENT) is Confidence.NO


def test_a_right_checksum_alone_is_only_enough_on_the_port():
    data = request(1, "ListTopics", {}, version=9)
    assert probe(data, TO_SERVER) is Confidence.WEAK
    assert probe(data[:-1], TO_SERVER) is Confidence.NO


def test_a_damaged_first_message_is_still_possible():
    data = request(1, "ListTopics", {})[:-1] + b"?"
    assert probe(data, TO_SERVER) is Confidence.WEAK


@given(st.binary(max_size=100))
def test_probes_never_raise(data):
    assert all(probe(data, direction) in Confidence for direction in Direction)


@given(st.binary(max_size=60), st.sampled_from(Direction))
def test_parameters_never_raise(data, direction):
    assert parameters(Memory(3), direction, data)["surplus"] in (0, 4)


def test_the_plugin_is_one_value():
    assert (PROTOCOL.name, PROTOCOL.ports, PROTOCOL.filter_prefix) == ("streambus", (9099,), "streambus")
    assert PROTOCOL.grammar_for(TO_SERVER) is REQUEST
    asked, answer = conversation(request(3, "GetOffset", {"partition": 0, "timestamp": 0}))
    assert [PROTOCOL.build(message) for message in (asked, answer)] == [asked.raw, answer.raw]
    assert set(REQUEST_TYPES) < {name for _, name in STATES}
